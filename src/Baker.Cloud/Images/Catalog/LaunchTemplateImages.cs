using Amazon.EC2.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>What every version of every launch template of a region launches.</summary>
internal sealed class LaunchTemplateImages
{
    private readonly Dictionary<(string Template, long Version), string> _images = [];
    private readonly Dictionary<string, LaunchTemplate> _templates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _idsByName = new(StringComparer.Ordinal);

    public IEnumerable<(LaunchTemplate Template, long Version, string Image)> All =>
        _images.Select(pair => (_templates[pair.Key.Template], pair.Key.Version, pair.Value));

    public void Add(LaunchTemplate template)
    {
        _templates[template.LaunchTemplateId] = template;
        _idsByName[template.LaunchTemplateName ?? ""] = template.LaunchTemplateId;
    }

    public void Add(string templateId, long version, string image) => _images[(templateId, version)] = image;

    /// <summary>
    /// The image of one version as an Auto Scaling group names it: by number, <c>$Latest</c>, <c>$Default</c>, or not at
    /// all (the default).
    /// </summary>
    public string? Find(string? id, string? name, string? version)
    {
        if ((id ?? _idsByName.GetValueOrDefault(name ?? "")) is not { } key || _templates.GetValueOrDefault(key) is not { } template)
        {
            return null;
        }

        var number = version switch
        {
            "$Latest" => template.LatestVersionNumber ?? 0,
            null or "" or "$Default" => template.DefaultVersionNumber ?? 0,
            _ => long.TryParse(version, out var parsed) ? parsed : 0,
        };
        return _images.GetValueOrDefault((key, number));
    }
}
