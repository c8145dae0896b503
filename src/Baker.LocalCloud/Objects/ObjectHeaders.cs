using System.Collections.Immutable;
using System.Globalization;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>Headers of objects.</summary>
internal static class ObjectHeaders
{
    // What they ask for does not happen here.
    private static readonly string[] s_unknown =
    [
        "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold",
        "x-amz-website-redirect-location", "x-amz-server-side-encryption-customer-algorithm", "x-amz-grant-read", "x-amz-grant-write",
        "x-amz-grant-full-control", "x-amz-write-offset-bytes", "x-amz-rename-source",
    ];

    /// <exception cref="CloudException">A header asks for what the local cloud does not do.</exception>
    public static void RefuseUnknown(CloudRequest request)
    {
        var unknown = Array.Find(s_unknown, each => request[each] is not null)
            ?? (request["x-amz-bucket-object-lock-enabled"] is "true" or "True" ? "x-amz-bucket-object-lock-enabled" : null)
            ?? (request["x-amz-acl"] is not (null or "private" or "bucket-owner-full-control") ? "x-amz-acl" : null);
        if (unknown is not null)
        {
            throw new CloudException(
                "NotImplemented",
                $"A header you provided implies functionality that is not implemented: {unknown}",
                501);
        }
    }

    public static ImmutableSortedDictionary<string, string> Kept(CloudRequest request)
    {
        var kept = request.Headers.Where(h =>
            h.Key.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)
            || h.Key.Equals("Cache-Control", StringComparison.OrdinalIgnoreCase)
            || h.Key.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase)
            || (h.Key.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)
                && !h.Value.Contains("aws-chunked", StringComparison.Ordinal)));
        return kept.ToImmutableSortedDictionary(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The first and last byte that a Range header of one range asks for; null where it asks for all.</summary>
    public static (int First, int Last)? Range(string? header, int length)
    {
        if (header is null
            || !header.StartsWith("bytes=", StringComparison.Ordinal)
            || header["bytes=".Length..].Split('-') is not [var from, var to]
            || length == 0)
        {
            return null;
        }

        var hasFirst = int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first);
        var hasLast = int.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last);
        return (hasFirst, hasLast) switch
        {
            (true, true) when first <= last && first < length => (first, Math.Min(last, length - 1)),
            (true, false) when first < length => (first, length - 1),
            (false, true) when last > 0 => (Math.Max(0, length - last), length - 1),
            _ => throw new Routing.CloudException("InvalidRange", "The requested range is not satisfiable", 416),
        };
    }
}
