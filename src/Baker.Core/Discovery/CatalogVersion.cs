namespace Baker.Core.Discovery;

/// <summary>How often the catalogue has changed.</summary>
/// <param name="Number">In SSM 0 where it never has, and one more with each change; in etcd its revision, which whatever else is
/// written there raises too.</param>
/// <param name="Last">The last change; null where there is none, or it is not told. Who has seen the version before knows by it
/// whether that concerns them.</param>
public sealed record CatalogVersion(long Number, CatalogChange? Last);
