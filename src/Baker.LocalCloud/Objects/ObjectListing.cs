using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>ListObjects and ListObjectsV2.</summary>
internal static class ObjectListing
{
    private const int LargestPage = 1000;

    private static readonly XNamespace s_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    public static CloudResponse List(ObjectStore store, BucketRecord bucket, ObjectRequest request)
    {
        string Value(string name) => request.Query.GetValueOrDefault(name, "");
        var (prefix, delimiter, isV2) = (Value("prefix"), Value("delimiter"), request.Action == "ListObjectsV2");
        var isVersions = request.Action == "ListObjectVersions";
        var size = int.TryParse(Value("max-keys"), CultureInfo.InvariantCulture, out var asked)
            ? Math.Min(asked, LargestPage)
            : LargestPage;
        var after = isVersions ? Value("key-marker")
            : !isV2 ? Value("marker")
            : Value("continuation-token") is { Length: > 0 } token ? Encoding.UTF8.GetString(Convert.FromBase64String(token))
            : Value("start-after");
        var contents = new List<ObjectRecord>();
        var prefixes = new SortedSet<string>(StringComparer.Ordinal);
        var last = default(string);
        var isTruncated = false;
        foreach (var item in store.Objects.After($"{bucket.Id}/{after}").TakeWhile(o => o.Bucket == bucket.Id))
        {
            if (!item.Key.StartsWith(prefix, StringComparison.Ordinal) || (delimiter.Length > 0
                && after.EndsWith(delimiter, StringComparison.Ordinal)
                && item.Key.StartsWith(after, StringComparison.Ordinal)
                && after.Length > prefix.Length))
            {
                continue;
            }

            var end = delimiter.Length == 0 ? -1 : item.Key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var group = end < 0 ? null : item.Key[..(end + delimiter.Length)];
            if (group is not null && prefixes.Contains(group))
            {
                continue;
            }

            if (contents.Count + prefixes.Count == size)
            {
                isTruncated = true;
                break;
            }

            last = group ?? item.Key;
            if (group is not null)
            {
                prefixes.Add(group);
            }
            else
            {
                contents.Add(item);
            }
        }

        var isEncoded = Value("encoding-type") == "url";
        string Encode(string text) => isEncoded ? Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal) : text;
        return ObjectService.Xml(new XElement(s_namespace + (isVersions ? "ListVersionsResult" : "ListBucketResult"),
            new XElement(s_namespace + "Name", bucket.Id),
            new XElement(s_namespace + "Prefix", Encode(prefix)),
            delimiter.Length > 0 ? new XElement(s_namespace + "Delimiter", Encode(delimiter)) : null,
            isEncoded ? new XElement(s_namespace + "EncodingType", "url") : null,
            new XElement(s_namespace + "MaxKeys", size),
            isV2 ? new XElement(s_namespace + "KeyCount", contents.Count + prefixes.Count) : null,
            new XElement(s_namespace + "IsTruncated", isTruncated ? "true" : "false"),
            isTruncated
                ? new XElement(
                    s_namespace + (isV2 ? "NextContinuationToken" : isVersions ? "NextKeyMarker" : "NextMarker"),
                    isV2 ? Convert.ToBase64String(Encoding.UTF8.GetBytes(last!)) : Encode(last!))
                : null,
            contents.Select(o => new XElement(s_namespace + (isVersions ? "Version" : "Contents"),
                new XElement(s_namespace + "Key", Encode(o.Key)),
                isVersions ? new XElement(s_namespace + "VersionId", "null") : null,
                isVersions ? new XElement(s_namespace + "IsLatest", "true") : null,
                new XElement(s_namespace + "LastModified", ObjectService.Time(o.ModifiedAt)),
                new XElement(s_namespace + "ETag", $"\"{o.ETag}\""),
                new XElement(s_namespace + "Size", o.Size),
                new XElement(s_namespace + "StorageClass", "STANDARD"))),
            prefixes.Select(p => new XElement(s_namespace + "CommonPrefixes", new XElement(s_namespace + "Prefix", Encode(p))))));
    }
}
