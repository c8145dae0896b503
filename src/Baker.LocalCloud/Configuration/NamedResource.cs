namespace Baker.LocalCloud.Configuration;

/// <summary>A resource of one region that a manifest names.</summary>
public sealed record NamedResource(string Region, string Name);
