using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Stores;

/// <summary>A program of the host that serves data stores: where it is, and the script that runs it in a sandbox.</summary>
/// <param name="Name">What records and scripts call it.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Package">The package of Debian that has it.</param>
/// <param name="User">The user that the package brings.</param>
internal sealed record EngineKind(string Name, string Title, string Package, string User)
{
    public static readonly EngineKind Postgres = new("postgres", "PostgreSQL", "postgresql", "postgres");
    public static readonly EngineKind MariaDb = new("mariadb", "MariaDB", "mariadb-server", "mysql");
    public static readonly EngineKind Redis = new("redis", "Redis", "redis-server", "redis");
    public static readonly EngineKind Memcached = new("memcached", "Memcached", "memcached", "memcache");

    private static readonly EngineKind[] s_all = [Postgres, MariaDb, Redis, Memcached];

    public static EngineKind Of(string name) => s_all.First(each => each.Name == name);

    /// <summary>The program on this host; null where it is not installed.</summary>
    public string? Find() => Name switch
    {
        "postgres" => Newest("/usr/lib/postgresql") ?? Real("postgres"),
        "mariadb" => Real("mariadbd"),
        "redis" => Real("redis-server") ?? Real("valkey-server"),
        _ => Real(Name),
    };

    /// <summary>The whole script: with <c>run</c> it becomes the server, with <c>apply</c> it changes what runs.</summary>
    public string Script(EngineRecord engine, EngineRecord? primary, SandboxMode mode, string action)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in new[]
        {
            ("action", action), ("mode", mode == SandboxMode.User ? SandboxEntry.User : SandboxEntry.Root), ("program", Find() ?? Name),
            ("user", User), ("address", engine.Address), ("port", Number(engine.Port)), ("number", Number(engine.Number)),
            ("master", Identifier(engine.User)), ("password", Secret(engine.Password)), ("database", Identifier(engine.Database)),
            ("secret", engine.Secret), ("tls", engine.NeedsTls ? "1" : "0"), ("certificate", engine.Certificate),
            ("certificate_key", engine.CertificateKey), ("primary", primary?.Address ?? ""),
            ("primary_port", primary is null ? "" : Number(primary.Port)),
        })
        {
            text.Append(name).Append("='").Append(value.Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
        }

        return text.Append(Resource("engine.sh")).Append(Resource($"{Name}.sh")).ToString();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string Identifier(string name) => name.Length == 0 ? ""
        : this == Postgres ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>A literal of SQL, or what stands for a password among Redis' rules.</summary>
    private string Secret(string password) => this == Redis
        ? password.Length == 0 ? "" : "#" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password)))
        : this == Postgres ? $"'{password.Replace("'", "''", StringComparison.Ordinal)}'"
        : $"'{password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(EngineKind).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static string? Newest(string folder) => !Directory.Exists(folder) ? null
        : Directory.GetDirectories(folder)
            .OrderByDescending(each => int.TryParse(Path.GetFileName(each), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(each => Path.Combine(each, "bin", "postgres"))
            .FirstOrDefault(File.Exists);

    /// <summary>Behind links: what stands in a folder of the user's own is not seen in a sandbox.</summary>
    private static string? Real(string tool) => HostCommand.Find(tool) is not { } found ? null
        : File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName is { } target && Path.GetFileName(target) == tool ? target
        : found;
}
