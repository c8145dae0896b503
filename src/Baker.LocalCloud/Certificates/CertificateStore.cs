using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Certificates;

/// <summary>The imported certificates: checked when they come in, opened for the listeners that use them.</summary>
internal sealed class CertificateStore(Table<CertificateRecord> table)
{
    private const string Certificate = "CERTIFICATE";

    private static readonly string[] s_algorithms =
        ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];

    public Table<CertificateRecord> Table => table;

    /// <summary>The ARNs of what uses a certificate; who uses it says so.</summary>
    public Func<string, IEnumerable<string>> UsersOf { get; set; } = static _ => [];

    public static CertificateFacts FactsOf(CertificateRecord record)
    {
        using var certificate = X509Certificate2.CreateFromPem(record.Body);
        return CertificateFacts.Of(certificate);
    }

    /// <summary>A certificate with its private key and its chain, for whoever serves with it.</summary>
    public (X509Certificate2 Certificate, X509Certificate2Collection Chain) Open(string arn)
    {
        var record = table.Find(arn) ?? throw new InvalidOperationException($"There is no certificate {arn}.");
        var chain = new X509Certificate2Collection();
        if (record.Chain is { } pem)
        {
            chain.ImportFromPem(pem);
        }

        return (X509Certificate2.CreateFromPem(record.Body, record.Key), chain);
    }

    /// <exception cref="CloudException">It is no certificate that AWS Certificate Manager takes, or the key is another's.</exception>
    public static void Check(string body, string key, string? chain, DateTimeOffset now)
    {
        using var certificate = Read(body);
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            throw Invalid(now < certificate.NotBefore
                ? "The certificate is not valid yet. Provide a certificate that is valid."
                : "The certificate has expired. Provide a certificate that is valid.");
        }

        if (CertificateFacts.Of(certificate).KeyAlgorithm is var algorithm && !s_algorithms.Contains(algorithm))
        {
            throw Invalid($"The private key algorithm {algorithm} is not supported.");
        }

        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw Invalid("The private key is encrypted. Provide a private key without a passphrase.");
        }

        try
        {
            using var pair = X509Certificate2.CreateFromPem(body, key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw Invalid(key.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
                ? "The certificate's public key does not match the private key."
                : "The private key is not supported. It must be a PEM-encoded, unencrypted private key.");
        }

        if (chain is not null)
        {
            CheckChain(certificate, chain);
        }
    }

    private static X509Certificate2 Read(string pem)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            if (all.Count == 1)
            {
                return all[0];
            }

            throw Invalid(all.Count > 1
                ? "The certificate field contains more than one certificate. You can specify only one certificate in this field."
                : "The certificate is not a valid PEM-encoded certificate.");
        }
        catch (CryptographicException)
        {
            throw Invalid($"Could not validate the certificate with the certificate chain: it is no {Certificate} in PEM.");
        }
    }

    private static void CheckChain(X509Certificate2 certificate, string pem)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
        }

        if (!chain.Any(each => each.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)))
        {
            throw Invalid("Could not validate the certificate with the certificate chain.");
        }
    }

    private static CloudException Invalid(string message) => new("ValidationException", message);
}
