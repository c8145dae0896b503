namespace Baker.Cloud.Images.Catalog;

/// <summary>Something that needs an image: an instance runs it, or a template, configuration or group would launch it.</summary>
/// <param name="Kind">What it is, in words: <c>instance</c>, <c>launch template</c>, …</param>
/// <param name="Name">Its id or name.</param>
/// <param name="Detail">What a person looks for next: the instance's state, the template's version.</param>
public sealed record ImageUser(string Kind, string Name, string Detail = "")
{
    private const string OfImage = "image";

    /// <summary>The image that was made from it.</summary>
    public static ImageUser Child(CatalogImage image) => new(OfImage, image.Id, image.Group);

    /// <summary>Whether it is an image that was made from it; <see cref="Name"/> is its id.</summary>
    public bool IsImage => Kind == OfImage;

    /// <summary>Whether it would launch the image again.</summary>
    public bool IsFleet => Kind is "Auto Scaling group" or "launch template" or "launch configuration";

    public override string ToString() => Detail.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Name} ({Detail})";
}
