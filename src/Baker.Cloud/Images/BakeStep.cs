using Baker.Core.Planning;

namespace Baker.Cloud.Images;

/// <summary>One step of a group's bake. What it says of itself takes in what the steps before it found.</summary>
internal sealed record BakeStep(BakeWork Work, Bake Bake) : ChangeStep
{
    public override string Key => Work.Name;

    public override string Text => Work.Describe(Bake);
}
