using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Baker.LocalCloud.Certificates;

/// <summary>What AWS Certificate Manager reads in a certificate.</summary>
internal sealed record CertificateFacts(
    string? Domain,
    ImmutableArray<string> Names,
    string Serial,
    string Subject,
    string Issuer,
    DateTime NotBefore,
    DateTime NotAfter,
    string KeyAlgorithm,
    string SignatureAlgorithm,
    ImmutableArray<string> Usages,
    ImmutableArray<string> ExtendedUsages)
{
    private static readonly (X509KeyUsageFlags Flag, string Name)[] s_usages =
    [
        (X509KeyUsageFlags.DigitalSignature, "DIGITAL_SIGNATURE"), (X509KeyUsageFlags.NonRepudiation, "NON_REPUDIATION"),
        (X509KeyUsageFlags.KeyEncipherment, "KEY_ENCIPHERMENT"), (X509KeyUsageFlags.DataEncipherment, "DATA_ENCIPHERMENT"),
        (X509KeyUsageFlags.KeyAgreement, "KEY_AGREEMENT"), (X509KeyUsageFlags.KeyCertSign, "CERTIFICATE_SIGNING"),
        (X509KeyUsageFlags.CrlSign, "CRL_SIGNING"), (X509KeyUsageFlags.EncipherOnly, "ENCIPHER_ONLY"),
        (X509KeyUsageFlags.DecipherOnly, "DECIPHER_ONLY"),
    ];

    public static CertificateFacts Of(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(each => each.EnumerateDnsNames());
        var common = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        var domain = string.IsNullOrEmpty(common) ? names.FirstOrDefault() : common;
        return new(
            domain,
            [.. names.Prepend(domain).OfType<string>().Distinct(StringComparer.Ordinal)],
            string.Join(':', Convert.FromHexString(certificate.SerialNumber).Select(each => $"{each:x2}")),
            certificate.Subject.Replace(", ", ",", StringComparison.Ordinal),
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true) is { Length: > 0 } issuer ? issuer : certificate.Issuer,
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime(),
            KeyOf(certificate),
            SignatureOf(certificate),
            [
                .. certificate.Extensions.OfType<X509KeyUsageExtension>()
                    .SelectMany(each => s_usages.Where(usage => each.KeyUsages.HasFlag(usage.Flag)))
                    .Select(each => each.Name),
            ],
            [
                .. certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
                    .SelectMany(each => each.EnhancedKeyUsages.Cast<Oid>())
                    .Select(each => each.Value)
                    .OfType<string>(),
            ]);
    }

    /// <summary>What an extended key usage is called.</summary>
    public static string UsageOf(string oid) => oid switch
    {
        "1.3.6.1.5.5.7.3.1" => "TLS_WEB_SERVER_AUTHENTICATION",
        "1.3.6.1.5.5.7.3.2" => "TLS_WEB_CLIENT_AUTHENTICATION",
        "1.3.6.1.5.5.7.3.3" => "CODE_SIGNING",
        "1.3.6.1.5.5.7.3.4" => "EMAIL_PROTECTION",
        "1.3.6.1.5.5.7.3.8" => "TIME_STAMPING",
        "1.3.6.1.5.5.7.3.9" => "OCSP_SIGNING",
        "2.5.29.37.0" => "ANY",
        _ => "CUSTOM",
    };

    /// <summary>Whether a host name is the certificate's, by a name of it or by its wildcard, which stands for one label.</summary>
    public bool Covers(string host) => Names.Any(name => name.Equals(host, StringComparison.OrdinalIgnoreCase)
        || (name.StartsWith("*.", StringComparison.Ordinal)
            && host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
            && name.AsSpan(1).Equals(host.AsSpan(dot), StringComparison.OrdinalIgnoreCase)));

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            return $"RSA_{rsa.KeySize}";
        }

        using var ec = certificate.GetECDsaPublicKey();
        return ec?.KeySize switch
        {
            256 => "EC_prime256v1",
            384 => "EC_secp384r1",
            521 => "EC_secp521r1",
            _ => certificate.PublicKey.Oid.FriendlyName ?? "",
        };
    }

    private static string SignatureOf(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.11" => "SHA256WITHRSA",
        "1.2.840.113549.1.1.12" => "SHA384WITHRSA",
        "1.2.840.113549.1.1.13" => "SHA512WITHRSA",
        "1.2.840.113549.1.1.5" => "SHA1WITHRSA",
        "1.2.840.10045.4.3.2" => "SHA256WITHECDSA",
        "1.2.840.10045.4.3.3" => "SHA384WITHECDSA",
        "1.2.840.10045.4.3.4" => "SHA512WITHECDSA",
        var other => other ?? "",
    };
}
