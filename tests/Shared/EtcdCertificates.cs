using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Baker.Testing;

/// <summary>An authority in files of PEM, and what it signed for etcd and for a client of it.</summary>
internal sealed class EtcdCertificates : IDisposable
{
    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();
    private readonly string _folder = Directory.CreateTempSubdirectory("baker-etcd-tls-").FullName;

    /// <param name="host">The address that etcd's is for.</param>
    /// <param name="serverDays">How long etcd's is still good; less than none where it has expired.</param>
    public EtcdCertificates(string host = "127.0.0.1", int serverDays = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var authority = request.CreateSelfSigned(s_now.AddDays(-10), s_now.AddDays(10));
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        Sign(authority, Server, ServerKey, host, serverDays);
        Sign(authority, Client, ClientKey, null, 1);
        Sign(authority, ExpiredClient, ExpiredClientKey, null, -1);
    }

    public string Authority => Path.Combine(_folder, "ca.pem");

    public string Server => Path.Combine(_folder, "etcd.pem");

    public string ServerKey => Path.Combine(_folder, "etcd.key");

    public string Client => Path.Combine(_folder, "client.pem");

    public string ClientKey => Path.Combine(_folder, "client.key");

    public string ExpiredClient => Path.Combine(_folder, "expired.pem");

    public string ExpiredClientKey => Path.Combine(_folder, "expired.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Sign(X509Certificate2 authority, string file, string keyFile, string? host, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Path.GetFileNameWithoutExtension(file)} of a test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is not null)
        {
            names.AddIpAddress(IPAddress.Parse(host));
            request.CertificateExtensions.Add(names.Build());
        }

        // etcd's gateway is its own client, with the server's certificate.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var signed = request.Create(authority, s_now.AddDays(-5), s_now.AddDays(days), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(file, signed.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
