using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>A request to S3, in the path style: bucket, key, and the parts of the query.</summary>
internal sealed record ObjectRequest(string Method, string Bucket, string Key, IReadOnlyDictionary<string, string> Query, CloudRequest Http)
{
    public static ObjectRequest Of(CloudRequest request)
    {
        var path = Uri.UnescapeDataString(request.Path.TrimStart('/'));
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            query[Uri.UnescapeDataString(pair[0])] = pair.Length > 1 ? Uri.UnescapeDataString(pair[1].Replace('+', ' ')) : "";
        }

        return new ObjectRequest(request.Method, slash < 0 ? path : path[..slash], slash < 0 ? "" : path[(slash + 1)..], query, request);
    }

    // What a query has beside a sub-resource. S3 passes over what it does not know, where that has a value.
    private static readonly HashSet<string> s_plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "list-type", "prefix", "delimiter", "marker", "max-keys", "encoding-type", "continuation-token", "start-after", "fetch-owner",
        "max-buckets", "bucket-region", "key-marker", "version-id-marker", "x-id", "AWSAccessKeyId", "Signature", "Expires",
    };

    // Those whose names have values.
    private static readonly HashSet<string> s_valued = new(StringComparer.Ordinal) { "uploadId", "versionId", "select-type" };

    /// <summary>The part of a bucket or an object that is meant, such as <c>acl</c>; null for the whole.</summary>
    public string? Part { get; } = Query
        .Where(each => !s_plain.Contains(each.Key)
            && !each.Key.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)
            && !each.Key.StartsWith("response-", StringComparison.Ordinal)
            && (each.Value.Length == 0 || s_valued.Contains(each.Key) || BucketSettings.Parts.Contains(each.Key)
                || each is { Key: "partNumber", Value: not "1" }))
        .Select(each => each.Key)
        .Order(StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>The name of the S3 action; null for one that the local cloud does not have.</summary>
    public string? Action => (Method, Bucket.Length > 0, Key.Length > 0, Part) switch
    {
        ("GET", false, _, null) => "ListBuckets",
        ("PUT", true, false, null) => "CreateBucket",
        ("HEAD", true, false, null) => "HeadBucket",
        ("DELETE", true, false, null) => "DeleteBucket",
        ("GET", true, false, "location") => "GetBucketLocation",
        ("GET", true, false, "versions") => "ListObjectVersions",
        ("GET", true, false, null) => Query.ContainsKey("list-type") ? "ListObjectsV2" : "ListObjects",
        ("POST", true, false, "delete") => "DeleteObjects",
        ("PUT", true, true, null) => Http["x-amz-copy-source"] is null ? "PutObject" : "CopyObject",
        ("GET", true, true, null) => "GetObject",
        ("HEAD", true, true, null) => "HeadObject",
        ("DELETE", true, true, null) => "DeleteObject",
        ("GET", true, true, "acl") => "GetObjectAcl",
        ("GET", true, true, "tagging") => "GetObjectTagging",
        ("PUT", true, true, "tagging") => "PutObjectTagging",
        ("DELETE", true, true, "tagging") => "DeleteObjectTagging",
        ("GET" or "PUT" or "DELETE", true, false, { } part) => BucketSettings.ActionOf(Method, part),
        _ => null,
    };
}
