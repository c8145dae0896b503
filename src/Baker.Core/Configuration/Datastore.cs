namespace Baker.Core.Configuration;

/// <summary>A datastore that others made and nodes are given the endpoints of. Baker never makes, changes or deletes one.</summary>
/// <param name="Name">What the manifest calls it.</param>
/// <param name="Kind"><c>rds</c>, <c>elasticache</c>, <c>redshift</c> or <c>host</c>.</param>
/// <param name="Id">What that calls it: an identifier, or the host itself.</param>
/// <param name="Region">Where it is looked up.</param>
public sealed record Datastore(string Name, string Kind, string Id, string Region)
{
    public const string Rds = "rds";
    public const string ElastiCache = "elasticache";
    public const string Redshift = "redshift";
    public const string Host = "host";

    /// <summary>The port, where the manifest says it: of a host.</summary>
    public int? Port { get; init; }

    /// <summary>Kind and identifier, for people.</summary>
    public string Words => $"{Kind} {Id}";
}
