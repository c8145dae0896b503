using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Artifacts;

/// <summary>An image's contents as a bill of materials in CycloneDX's form, version 1.6.</summary>
public static class CycloneDx
{
    private const string Prefix = "baker:";

    public static string Write(ImageContents contents)
    {
        var components = new JArray();
        foreach (var package in contents.Packages?.Packages ?? [])
        {
            var url = UrlOf(package, contents.Packages!);
            components.Add(new JObject
            {
                ["type"] = "library",
                ["bom-ref"] = url,
                ["name"] = package.Name,
                ["version"] = package.Version,
                ["purl"] = url,
                ["properties"] = Properties(("package:kind", package.Kind), ("package:architecture", package.Architecture)),
            });
        }

        foreach (var (path, digest) in contents.Files)
        {
            components.Add(new JObject
            {
                ["type"] = "file",
                ["bom-ref"] = $"file:{path}",
                ["name"] = path,
                ["hashes"] = new JArray(new JObject { ["alg"] = "SHA-256", ["content"] = digest }),
            });
        }

        foreach (var tag in contents.Code.Values)
        {
            components.Add(new JObject
            {
                ["type"] = "application",
                ["bom-ref"] = $"code:{tag.Path}",
                ["name"] = tag.Path,
                ["version"] = tag.Commit,
                ["properties"] = Properties(("code:repository", tag.Repository), ("code:wanted", tag.Wanted)),
            });
        }

        var bill = new JObject
        {
            ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["serialNumber"] = $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(contents.ImageId)).AsSpan(0, 16))}",
            ["version"] = 1,
            ["metadata"] = new JObject
            {
                ["timestamp"] = contents.Finished.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["tools"] = new JObject { ["components"] = new JArray(new JObject { ["type"] = "application", ["name"] = "baker" }) },
                ["component"] = new JObject
                {
                    ["type"] = "operating-system",
                    ["bom-ref"] = contents.ImageId,
                    ["name"] = contents.Group,
                    ["version"] = contents.ImageName,
                    ["properties"] = Properties(
                        ("image", contents.ImageId),
                        ("source", contents.SourceImageId),
                        ("fingerprint", contents.Fingerprint),
                        ("system", contents.Packages?.System ?? ""),
                        ("system:version", contents.Packages?.SystemVersion ?? ""),
                        ("packages", contents.Packages is null ? "unknown" : "known")),
                },
            },
            ["components"] = components,
        };
        return bill.ToString(Formatting.Indented).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Null where the text is no bill that this class has written.</summary>
    public static ImageContents? Read(string text)
    {
        try
        {
            return Read(JObject.Parse(text));
        }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException or InvalidCastException)
        {
            return null;
        }
    }

    private static ImageContents? Read(JObject bill)
    {
        if ((string?)bill["bomFormat"] != "CycloneDX"
            || bill["metadata"]?["component"] is not JObject image
            || Property(image, "image") is not { } id)
        {
            return null;
        }

        var components = (bill["components"] as JArray ?? []).OfType<JObject>().ToLookup(component => (string?)component["type"] ?? "");
        var packages = components["library"].Select(component => new ImagePackage(
            Property(component, "package:kind") ?? "",
            (string?)component["name"] ?? "",
            (string?)component["version"] ?? "",
            Property(component, "package:architecture") ?? ""));
        return new ImageContents(
            (string?)image["name"] ?? "",
            id,
            (string?)image["version"] ?? "",
            Time(bill["metadata"]!["timestamp"]),
            Property(image, "packages") == "known"
                ? new PackageListing(Property(image, "system") ?? "", Property(image, "system:version") ?? "", [.. packages])
                : null,
            components["file"].ToImmutableSortedDictionary(
                component => (string)component["name"]!,
                component => (string?)component["hashes"]?[0]?["content"] ?? "",
                StringComparer.Ordinal))
        {
            SourceImageId = Property(image, "source") ?? "",
            Fingerprint = Property(image, "fingerprint") ?? "",
            Code = components["application"].ToImmutableSortedDictionary(
                component => (string)component["name"]!,
                component => new CodeTag(
                    (string)component["name"]!,
                    (string?)component["version"] ?? "",
                    Property(component, "code:wanted") ?? "",
                    Property(component, "code:repository") ?? ""),
                StringComparer.Ordinal),
        };
    }

    private static DateTimeOffset Time(JToken? time) => time switch
    {
        { Type: JTokenType.Date } => new DateTimeOffset(((DateTime)time).ToUniversalTime(), TimeSpan.Zero),
        _ => DateTimeOffset.Parse((string?)time ?? "", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
    };

    // https://github.com/package-url/purl-spec
    private static string UrlOf(ImagePackage package, PackageListing listing)
    {
        var system = listing.System.Length > 0 ? $"{Uri.EscapeDataString(listing.System)}/" : "";
        var distribution = listing.System.Length > 0 && listing.SystemVersion.Length > 0
            ? $"&distro={Uri.EscapeDataString($"{listing.System}-{listing.SystemVersion}")}"
            : "";
        return $"pkg:{package.Kind}/{system}{Uri.EscapeDataString(package.Name)}@{Uri.EscapeDataString(package.Version)}"
            + $"?arch={Uri.EscapeDataString(package.Architecture)}{distribution}";
    }

    private static JArray Properties(params (string Name, string Value)[] properties) =>
        new(properties.Select(property => new JObject { ["name"] = Prefix + property.Name, ["value"] = property.Value }));

    private static string? Property(JObject component, string name) => (string?)(component["properties"] as JArray ?? [])
        .FirstOrDefault(property => (string?)property["name"] == Prefix + name)?["value"];
}
