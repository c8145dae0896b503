using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// S3's first way of presigning (signature version 2,
/// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html), which boto3 still uses where nothing else is said.
/// </summary>
internal static class OldSignature
{
    public const string TokenHeader = "x-amz-security-token";

    /// <summary>The parameters that belong to what is asked for, and are signed.</summary>
    private static readonly string[] s_subresources =
    [
        "acl", "cors", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy", "requestPayment",
        "response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language",
        "response-content-type", "response-expires", "restore", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning",
        "versions", "website",
    ];

    [SuppressMessage("Security", "CA5350", Justification = "HMAC-SHA1 is what the clients of this form sign with.")]
    public static string Of(CloudRequest request, string secret, DateTimeOffset ends, string? token)
    {
        var text = new StringBuilder(request.Method).Append('\n')
            .Append(request["Content-MD5"]).Append('\n')
            .Append(request["Content-Type"]).Append('\n')
            .Append(ends.ToUnixTimeSeconds()).Append('\n');
        var headers = request.Headers
            .Select(header => (Name: header.Key.ToLowerInvariant(), header.Value))
            .Where(header => header.Name.StartsWith("x-amz-", StringComparison.Ordinal) && header.Name != TokenHeader)
            .Concat(token is null ? [] : [(Name: TokenHeader, Value: token)])
            .OrderBy(header => header.Name, StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }

        text.Append(request.Path);
        var subresources = request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2))
            .Where(pair => s_subresources.Contains(pair[0]))
            .OrderBy(pair => pair[0], StringComparer.Ordinal)
            .Select(pair => pair.Length > 1 ? $"{pair[0]}={Uri.UnescapeDataString(pair[1])}" : pair[0])
            .ToArray();
        if (subresources.Length > 0)
        {
            text.Append('?').AppendJoin('&', subresources);
        }

        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text.ToString())));
    }
}
