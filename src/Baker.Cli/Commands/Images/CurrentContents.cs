using Baker.Cloud.Images.Catalog;
using Baker.Core.Merging;

namespace Baker.Cli.Commands.Images;

/// <summary>What images of groups would carry if they were baked now, for each architecture.</summary>
internal sealed class CurrentContents
{
    private readonly Dictionary<(string Group, string? Architecture), List<string?>> _now = [];

    /// <param name="fingerprint">Null where nobody can say.</param>
    public void Add(NodeGroup variant, string? fingerprint)
    {
        if (!_now.TryAdd((variant.Name, variant.Architecture), [fingerprint]))
        {
            _now[(variant.Name, variant.Architecture)].Add(fingerprint);
        }
    }

    /// <summary>
    /// <c>current</c> where it would be baked now in any of the environments, <c>stale</c>, or <c>unknown</c>.
    /// </summary>
    public string Of(CatalogImage image)
    {
        var now = _now.GetValueOrDefault((image.Group, image.Architecture)) ?? _now.GetValueOrDefault((image.Group, null)) ?? [];
        return image.Fingerprint is null ? "unknown"
            : now.Contains(image.Fingerprint) ? "current"
            : now.FirstOrDefault() is null ? "unknown"
            : "stale";
    }
}
