using Baker.Core.Planning;

namespace Baker.Cloud.Images.Catalog;

/// <summary>One thing that a revocation, or taking it back, does to an image.</summary>
public abstract record RevocationStep(CatalogImage Image) : ChangeStep
{
    public sealed record Mark(CatalogImage Image, Revocation Revocation) : RevocationStep(Image)
    {
        public override string Key => $"{Image.Id}/revoke";

        public override string Text => $"revoke {Image.Id} \"{Image.Name}\" in {Image.Region}: {Revocation.Why}";
    }

    public sealed record Unmark(CatalogImage Image) : RevocationStep(Image)
    {
        public override string Key => $"{Image.Id}/restore";

        public override string Text => $"take back that {Image.Id} \"{Image.Name}\" in {Image.Region} is revoked";
    }

    public sealed record Disable(CatalogImage Image) : RevocationStep(Image)
    {
        public override string Key => $"{Image.Id}/disable";

        public override string Text => $"disable {Image.Id} in {Image.Region} (nothing uses it)";
    }

    public sealed record Enable(CatalogImage Image) : RevocationStep(Image)
    {
        public override string Key => $"{Image.Id}/enable";

        public override string Text => $"enable {Image.Id} in {Image.Region}";
    }
}
