using Baker.Core.Manifest;

namespace Baker.Core.Planning;

/// <summary>A step of a release, and the group in whose journal it is.</summary>
public sealed record ReleaseStep(GroupName Group, FleetStep Inner) : ChangeStep
{
    public override string Key => Inner.Key;

    public override string Text => Inner.Text;
}
