using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>Reads what Packer's manifest post-processor wrote: every build into the same file, the last run's id at its end.</summary>
internal static partial class PackerRecord
{
    /// <summary>The id of the last run that the file knows; null where there is no readable file.</summary>
    public static string? LastRun(string path) => Read(path)?["last_run_uuid"]?.Value<string>();

    /// <summary>The images of the last run.</summary>
    public static ImmutableArray<PackerImage> Images(string path)
    {
        if (Read(path) is not { } record)
        {
            return [];
        }

        var run = record["last_run_uuid"]?.Value<string>();
        return
        [
            .. (record["builds"] as JArray ?? []).OfType<JObject>()
                .Where(build => build["packer_run_uuid"]?.Value<string>() == run)
                .SelectMany(build => (build["artifact_id"]?.Value<string>() ?? "").Split(','))
                .Select(artifact => artifact.Split(':'))
                .Where(parts => parts.Length == 2)
                .Select(parts => new PackerImage(parts[0], parts[1]))
                .Distinct(),
        ];
    }

    /// <summary>
    /// An image that a line of Packer's output names (<c>us-east-1: ami-0123</c>), for templates without the
    /// post-processor.
    /// </summary>
    public static PackerImage? FromOutput(string line) =>
        NamedImage().Match(line) is { Success: true } match ? new PackerImage(match.Groups[1].Value, match.Groups[2].Value) : null;

    private static JObject? Read(string path)
    {
        try
        {
            return JObject.Parse(File.ReadAllText(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex("^([a-z0-9-]+): (ami-[0-9a-f]+)$")]
    private static partial Regex NamedImage();
}
