using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Images.Steps;

/// <summary>Writes <c>builds/&lt;group&gt;.json</c>: the image that the group now has.</summary>
internal sealed class Record : BakeStep
{
    public override string Name => "record";

    public override string Describe(Bake bake) => $"record it in {Path.GetFileName(bake.Run.Options.BuildsFolder)}/{bake.Group.Name}.json";

    public override Task RunAsync(Bake bake, CancellationToken stop) => WriteAsync(bake.Run.Options.BuildsFolder, bake.Group.Name, Text(bake), stop);

    internal static async Task WriteAsync(string folder, string group, string text, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{group}.json");
        var temporary = $"{path}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(temporary, text, stop).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }

    private static string Text(Bake bake)
    {
        var record = new JObject
        {
            ["group"] = bake.Group.Name,
            ["image"] = bake.ImageId,
            ["name"] = bake.ImageName,
            ["cloud"] = bake.Run.Cloud.CloudName,
            ["region"] = bake.Region.Name,
            ["copies"] = new JObject(bake.Copies.OrderBy(copy => copy.Region, StringComparer.Ordinal).Select(copy => new JProperty(copy.Region, copy.ImageId))),
            ["fingerprint"] = bake.Fingerprint,
            ["source_image"] = bake.Source!.ImageId,
            ["run"] = bake.Run.Id,
            ["finished"] = bake.Run.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["seconds"] = new JObject(bake.Seconds.Select(step => new JProperty(step.Key, Math.Round(step.Value, 2)))),
        };
        using var text = new StringWriter { NewLine = "\n" };
        using (var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 4, CloseOutput = false })
        {
            record.WriteTo(writer);
        }

        return text + "\n";
    }
}
