using System.Collections.Immutable;
using System.Xml.Linq;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>Tags of buckets and objects.</summary>
internal static class ObjectTags
{
    public const int MostOfBucket = 50;
    public const int MostOfObject = 10;

    private static readonly XNamespace s_xml = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>The tags that a header has, written as in an address; null for none.</summary>
    public static ImmutableSortedDictionary<string, string>? OfHeader(string? header) => string.IsNullOrEmpty(header)
        ? null
        : Check(
            header
                .Split('&')
                .Select(each => each.Split('=', 2))
                .Select(each => (Decode(each[0]), Decode(each.ElementAtOrDefault(1) ?? ""))),
            MostOfObject);

    /// <summary>The tags of a body.</summary>
    public static ImmutableSortedDictionary<string, string> OfBody(XElement root, int most) => Check(
        root.Descendants()
            .Where(each => each.Name.LocalName == "Tag")
            .Select(each => (Child(each, "Key"), Child(each, "Value"))),
        most);

    public static XElement View(ImmutableSortedDictionary<string, string>? tags) => new(
        s_xml + "Tagging",
        new XElement(s_xml + "TagSet", (tags ?? ImmutableSortedDictionary<string, string>.Empty).Select(each =>
            new XElement(s_xml + "Tag", new XElement(s_xml + "Key", each.Key), new XElement(s_xml + "Value", each.Value)))));

    private static ImmutableSortedDictionary<string, string> Check(IEnumerable<(string Key, string Value)> given, int most)
    {
        var tags = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            if (key.Length is 0 or > 128 || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            {
                throw new CloudException("InvalidTag", "The TagKey you have provided is invalid");
            }

            if (value.Length > 256)
            {
                throw new CloudException("InvalidTag", "The TagValue you have provided is invalid");
            }

            if (!tags.TryAdd(key, value))
            {
                throw new CloudException("InvalidTag", "Cannot provide multiple Tags with the same key");
            }
        }

        return tags.Count <= most
            ? tags.ToImmutable()
            : throw new CloudException(
                "BadRequest",
                $"{(most == MostOfObject ? "Object tags" : "Bucket tag count")} cannot be greater than {most}");
    }

    private static string Child(XElement tag, string name) =>
        tag.Elements().FirstOrDefault(each => each.Name.LocalName == name)?.Value ?? "";

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
