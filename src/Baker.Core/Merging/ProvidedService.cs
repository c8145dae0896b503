using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>A service that the nodes of a group offer.</summary>
/// <param name="Place">Where the manifest says so: its name in <c>provides</c>, or an item of the run list.</param>
public sealed record ProvidedService(ServiceName Name, Position Place)
{
    /// <summary>Where it listens; null for one that nobody connects to, such as a worker.</summary>
    public int? Port { get; init; }

    /// <summary>The path that answers while it is well; null where it has none.</summary>
    public string? Check { get; init; }

    /// <summary>The item of the run list that brings it (<c>services_from</c>); null where it is named in <c>provides</c> alone.</summary>
    public string? RunListItem { get; init; }
}
