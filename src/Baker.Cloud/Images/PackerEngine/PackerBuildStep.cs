using Baker.Core.Planning;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>The one step of a bake by HashiCorp Packer.</summary>
public sealed record PackerBuildStep(string Group) : ChangeStep
{
    public override string Key => "packer build";

    public override string Text => $"packer build the template of {Group}";
}
