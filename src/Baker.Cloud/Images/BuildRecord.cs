using System.Globalization;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Images;

/// <summary>
/// <c>builds/&lt;group&gt;.json</c>: the image that a group, or one architecture of it, now has, and what it was made from.
/// </summary>
public sealed record BuildRecord(
    string Group,
    string ImageId,
    string Cloud,
    string Region,
    string Fingerprint,
    string SourceImageId,
    string Run,
    DateTimeOffset Finished)
{
    public string? Name { get; init; }

    /// <summary><c>baker</c>, or <c>packer</c> for HashiCorp's.</summary>
    public string Engine { get; init; } = "baker";

    /// <summary>What its tests showed; null where the group has none.</summary>
    public string? Verification { get; init; }

    /// <summary>The source trees on it, as its tags tell them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Code { get; init; } = [];

    /// <summary>Image ids by region.</summary>
    public IEnumerable<KeyValuePair<string, string>> Copies { get; init; } = [];

    public IEnumerable<KeyValuePair<string, double>> Seconds { get; init; } = [];

    /// <summary>Whether the group's record is there and names this image.</summary>
    public static bool Names(string folder, string group, string imageId)
    {
        try
        {
            return (string?)JObject.Parse(File.ReadAllText(Path.Combine(folder, $"{group}.json")))["image"] == imageId;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Makes sure, before anything is baked, that records can be written.</summary>
    /// <exception cref="BakerException">They cannot.</exception>
    public static void CheckFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var attempt = Path.Combine(folder, $".{Environment.ProcessId}.tmp");
            using (new FileStream(attempt, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"What is baked cannot be recorded in {folder}: {error.Message.TrimEnd('.')}.",
                "Nothing was launched. Make it a folder that you may write to, or name another one (__settings__.builds_folder).",
                error);
        }
    }

    /// <summary>Writes the record whole or not at all.</summary>
    public async Task WriteAsync(string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{Group}.json");
        var temporary = $"{path}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(temporary, Text(), stop).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }

    private string Text()
    {
        var record = new JObject
        {
            ["group"] = Group,
            ["image"] = ImageId,
            ["name"] = Name,
            ["cloud"] = Cloud,
            ["region"] = Region,
            ["copies"] = new JObject(
                Copies.OrderBy(copy => copy.Key, StringComparer.Ordinal).Select(copy => new JProperty(copy.Key, copy.Value))),
            ["fingerprint"] = Fingerprint,
            ["source_image"] = SourceImageId,
            ["code"] = new JObject(Code.Select(tree => CodeTag.Of(tree.Key, tree.Value)!).Select(tree => new JProperty(
                tree.Path,
                new JObject { ["commit"] = tree.Commit, ["branch"] = tree.Wanted, ["repository"] = tree.Repository }))),
            ["engine"] = Engine,
            ["verification"] = Verification,
            ["run"] = Run,
            ["finished"] = Finished.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["seconds"] = new JObject(Seconds.Select(step => new JProperty(step.Key, Math.Round(step.Value, 2)))),
        };
        using var text = new StringWriter { NewLine = "\n" };
        using (var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 4, CloseOutput = false })
        {
            record.WriteTo(writer);
        }

        return text + "\n";
    }
}
