using Baker.Core.Planning;

namespace Baker.Cli.Environments;

/// <summary>How a group's image is.</summary>
/// <param name="Image">The one that its fleet should have; null where there is none yet, or nobody can tell.</param>
/// <param name="NeedsImage">Whether one has to be baked before its fleet can be current.</param>
internal sealed record ImageStanding(FleetImage? Image, bool NeedsImage);
