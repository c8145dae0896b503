using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Etcd;
using Baker.Core.Manifest;

namespace Baker.Cli.Fleets;

/// <summary>Opens the way to the etcd that the settings name: files and the password are read when it is first asked.</summary>
internal sealed class EtcdOpening(Session session, NodeProject project) : IDisposable
{
    private const string KindOfFile = "A file in PEM is meant: -----BEGIN …, as openssl writes it.";

    private Lazy<EtcdClient>? _client;

    /// <summary>Null where the catalogue is not in etcd. Its value throws where a file or the password is not to be had.</summary>
    public Lazy<EtcdClient>? Client => project.Settings.Catalog.Etcd is { } settings
        ? _client ??= new Lazy<EtcdClient>(() => new EtcdClient(Connection(settings), session.Time))
        : null;

    public void Dispose()
    {
        if (_client is { IsValueCreated: true } opened)
        {
            opened.Value.Dispose();
        }
    }

    private EtcdConnection Connection(EtcdSettings settings) => new()
    {
        Endpoints = [.. settings.Endpoints.Select(each => new EtcdEndpoint(new Uri(each.Text), Place(each)))],
        User = settings.User?.Text,
        UserPlace = settings.User is { } user ? Place(user) : null,
        Password = settings.User is null ? "" : Password(settings.User, settings.PasswordVariable),
        Authorities = settings.CaFile is { } file ? Authorities(file) : null,
        Certificate = settings is { CertificateFile: { } certificate, KeyFile: { } key } ? Certificate(certificate, key) : null,
    };

    private string Password(SettingsText user, SettingsText variable)
    {
        if (session.Environment.Value.GetValueOrDefault(variable.Text) is not { Length: > 0 } password)
        {
            throw project.Mistake(
                variable.Place,
                $"The password of etcd's user {user.Text} is not in the environment: {variable.Text} is not set.",
                $"Set {variable.Text}; \"password_env\" names another variable.");
        }

        session.Masks.Add([password]);
        return password;
    }

    private X509Certificate2Collection Authorities(SettingsText file)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(Read("ca_file", file));
        }
        catch (CryptographicException error)
        {
            throw project.Mistake(file.Place, $"ca_file {Quoting.Quote(file.Text)} has no certificates.", KindOfFile, error);
        }

        if (found.Count == 0)
        {
            throw project.Mistake(file.Place, $"ca_file {Quoting.Quote(file.Text)} has no certificates.", KindOfFile);
        }

        foreach (var authority in found)
        {
            RequireValid("ca_file", file, authority);
        }

        return found;
    }

    private X509Certificate2 Certificate(SettingsText file, SettingsText key)
    {
        try
        {
            using var read = X509Certificate2.CreateFromPem(Read("certificate_file", file), Read("key_file", key));
            RequireValid("certificate_file", file, read);

            // Windows uses no key that is in memory alone.
            return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw project.Mistake(
                file.Place,
                $"certificate_file {Quoting.Quote(file.Text)} and key_file {Quoting.Quote(key.Text)} are no certificate and its key.",
                KindOfFile,
                error);
        }
    }

    private void RequireValid(string setting, SettingsText file, X509Certificate2 certificate)
    {
        var (now, until) = (session.Time.GetUtcNow(), new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero));
        if (until < now)
        {
            throw project.Mistake(
                file.Place,
                $"The certificate of {setting} {Quoting.Quote(file.Text)} ({certificate.Subject}) has expired on {until:yyyy-MM-dd}.",
                "Replace it with a new one.");
        }
    }

    private string Read(string setting, SettingsText file)
    {
        try
        {
            return Encoding.UTF8.GetString(project.Read(Path.Combine(project.Folder, file.Text)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw project.Mistake(
                file.Place,
                $"{setting} {Quoting.Quote(file.Text)} cannot be read: {error.Message}",
                "Check the file and who may read it; a path is relative to the manifest's folder, or begins with /.",
                error);
        }
    }

    private string Place(SettingsText setting) => $"{project.Manifest.Source.Name}:{setting.Place}";
}
