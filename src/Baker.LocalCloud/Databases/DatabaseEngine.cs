using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Stores;

namespace Baker.LocalCloud.Databases;

/// <summary>An engine of RDS: what its instances begin with, and which server of this host stands for it.</summary>
/// <param name="Versions">The newest of each major version, the usual one first.</param>
internal sealed record DatabaseEngine(string Name, EngineKind? Kind, int Port, string License, params string[] Versions)
    : IOfferedEngine
{
    private const string Open = "general-public-license";
    private const string Bought = "license-included";

    private static readonly DatabaseEngine[] s_all =
    [
        new("postgres", EngineKind.Postgres, 5432, "postgresql-license",
            "17.4", "16.8", "15.12", "14.17", "13.20"),
        new("mysql", EngineKind.MariaDb, 3306, Open, "8.0.42", "8.4.5", "5.7.44"),
        new("mariadb", EngineKind.MariaDb, 3306, Open, "11.4.5", "10.11.11", "10.6.21", "10.5.28"),
        new("aurora-postgresql", EngineKind.Postgres, 5432, "postgresql-license", "16.6", "17.4", "15.10", "14.15", "13.18"),
        new("aurora-mysql", EngineKind.MariaDb, 3306, Open, "8.0.mysql_aurora.3.08.2", "5.7.mysql_aurora.2.12.5"),
        new("oracle-ee", null, 1521, "bring-your-own-license", "19.0.0.0.ru-2025-04.rur-2025-04.r1"),
        new("oracle-se2", null, 1521, Bought, "19.0.0.0.ru-2025-04.rur-2025-04.r1"),
        new("sqlserver-ee", null, 1433, Bought, "16.00.4185.3.v1", "15.00.4430.1.v1"),
        new("sqlserver-se", null, 1433, Bought, "16.00.4185.3.v1", "15.00.4430.1.v1"),
        new("sqlserver-ex", null, 1433, Bought, "16.00.4185.3.v1", "15.00.4430.1.v1"),
        new("sqlserver-web", null, 1433, Bought, "16.00.4185.3.v1", "15.00.4430.1.v1"),
    ];

    public static IReadOnlyList<DatabaseEngine> All => s_all;

    public bool IsAurora => Name.StartsWith("aurora", StringComparison.Ordinal);

    /// <summary>The names that a master user cannot have.</summary>
    public IReadOnlyList<string> ReservedUsers =>
        Kind == EngineKind.Postgres ? ["admin", "postgres_admin", "rds_superuser"] : ["mysql", "root", "mariadb.sys"];

    public static DatabaseEngine Of(string name) => s_all.FirstOrDefault(each => each.Name == name)
        ?? throw new CloudException("InvalidParameterValue", $"Invalid DB engine: {name}");

    /// <summary>The version that a request means: a major one stands for the newest of its own.</summary>
    public string Version(string? given) => string.IsNullOrEmpty(given) ? Versions[0]
        : Versions.FirstOrDefault(each => each == given || each.StartsWith(given + ".", StringComparison.Ordinal))
            ?? (Versions.Any(each => MajorOf(each) == MajorOf(given)) ? given : throw new CloudException(
                "InvalidParameterCombination",
                $"Cannot find version {given} for {Name}"));

    /// <summary>What groups of parameters and options are for: <c>17</c>, <c>8.0</c>, <c>11.4</c>.</summary>
    public string MajorOf(string version)
    {
        var words = version.Split('.');
        return Kind == EngineKind.Postgres || Kind is null && words.Length < 2 ? words[0] : string.Join('.', words.Take(2));
    }

    public string FamilyOf(string version) => Name switch
    {
        "oracle-ee" or "oracle-se2" => $"{Name}-{version.Split('.')[0]}",
        _ when Kind is null => $"{Name}-{MajorOf(version).TrimEnd('0')}0",
        _ => Name + MajorOf(version),
    };
}
