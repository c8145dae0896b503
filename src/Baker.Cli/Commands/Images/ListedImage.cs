using Baker.Cloud.Images.Catalog;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands.Images;

/// <summary>One line of <c>image:list</c>.</summary>
/// <param name="Content">Whether it was made from what the repository holds now (<see cref="CurrentContents"/>).</param>
internal sealed record ListedImage(CatalogImage Image, string Content, IReadOnlyList<ImageUser> Users)
{
    /// <summary>The content, and what the image's tests showed.</summary>
    public string Words => Image.Verification switch
    {
        null => Content,
        { Passed: true } => $"{Content}, verified",
        _ => $"{Content}, FAILED its tests",
    };

    public JObject ToJson() => new()
    {
        ["id"] = Image.Id,
        ["name"] = Image.Name,
        ["group"] = Image.Group,
        ["region"] = Image.Region,
        ["architecture"] = Image.Architecture,
        ["state"] = Image.State,
        ["created"] = Image.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        ["content"] = Content,
        ["fingerprint"] = Image.Fingerprint,
        ["verification"] = Image.Verification is { } tests ? tests.Passed ? "passed" : "failed" : null,
        ["code"] = new JArray(Image.Code.Select(code => new JObject
        {
            ["path"] = code.Path,
            ["commit"] = code.Commit,
            ["branch"] = code.Wanted,
            ["repository"] = code.Repository,
        })),
        ["run"] = Image.Run,
        ["source"] = Image.SourceId,
        ["revoked"] = Image.Revocation?.ToString(),
        ["snapshots"] = new JArray(Image.SnapshotIds),
        ["used_by"] = new JArray(
            Users.Select(user => new JObject { ["kind"] = user.Kind, ["name"] = user.Name, ["detail"] = user.Detail })),
    };
}
