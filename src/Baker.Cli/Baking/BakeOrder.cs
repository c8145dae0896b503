using Baker.Cli.Projects;
using Baker.Cloud.Images;

namespace Baker.Cli.Baking;

/// <summary>What one <c>packer:run</c> was asked to do.</summary>
internal sealed record BakeOrder(
    NodeProject Project,
    IReadOnlyList<string> Groups,
    string Engine,
    bool Force,
    OnError? OnError,
    int Parallel,
    bool DryRun,
    bool Json)
{
    /// <summary>Branches or commits to bake instead of those in the manifest.</summary>
    public CodeOverride Code { get; init; } = CodeOverride.None;
}
