namespace Baker.Core.Manifest;

/// <summary>What the settings say of the catalogue of services.</summary>
public sealed record CatalogSettings
{
    /// <summary>How often nodes look whether a catalogue in SSM has changed.</summary>
    internal static readonly TimeSpan SsmInterval = TimeSpan.FromSeconds(15);

    public static CatalogSettings Usual { get; } = new();

    /// <summary>Where etcd is that has it; null: it is in SSM.</summary>
    public EtcdSettings? Etcd { get; init; }

    /// <summary>Chef's attribute that says on nodes where the needed services are; null: <c>services</c>.</summary>
    public string? Attribute { get; init; }

    /// <summary>What those who use a service have between its withdrawal and its end; null: as long as they need to look.</summary>
    public TimeSpan? Settle { get; init; }

    /// <summary>What goes into the run lists of groups that take part; null: nothing.</summary>
    internal ServiceRecipes? Recipes { get; init; }
}
