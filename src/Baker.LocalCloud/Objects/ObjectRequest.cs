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

    /// <summary>The name of the S3 action; null for one that the local cloud does not have.</summary>
    public string? Action => (Method, Bucket.Length > 0, Key.Length > 0) switch
    {
        ("GET", false, _) => "ListBuckets",
        ("PUT", true, false) when IsPlain => "CreateBucket",
        ("HEAD", true, false) => "HeadBucket",
        ("DELETE", true, false) when IsPlain => "DeleteBucket",
        ("GET", true, false) when Query.ContainsKey("location") => "GetBucketLocation",
        ("GET", true, false) when Query.ContainsKey("list-type") => "ListObjectsV2",
        ("GET", true, false) when Query.ContainsKey("versioning") => "GetBucketVersioning",
        ("GET", true, false) when IsPlain => "ListObjects",
        ("POST", true, false) when Query.ContainsKey("delete") => "DeleteObjects",
        ("PUT", true, true) when IsPlain => Http["x-amz-copy-source"] is null ? "PutObject" : "CopyObject",
        ("GET", true, true) when IsPlain => "GetObject",
        ("HEAD", true, true) => "HeadObject",
        ("DELETE", true, true) when IsPlain => "DeleteObject",
        _ => null,
    };

    /// <summary>No subresource, such as an ACL, is meant.</summary>
    private bool IsPlain => !Query.Keys.Any(k => k is "acl" or "policy" or "tagging" or "uploads" or "uploadId"
        or "versions" or "cors" or "lifecycle" or "encryption" or "website" or "logging" or "replication"
        or "notification" or "publicAccessBlock" or "object-lock" or "ownershipControls" or "retention" or "torrent"
        or "versionId");
}
