using System.Globalization;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.Objects;

/// <summary>The conditions of a request (RFC 9110, section 13), as S3 judges them.</summary>
internal static class ObjectConditions
{
    /// <summary>Whether the reader has the object already, so that it is not sent again.</summary>
    /// <exception cref="CloudException">The object is not the one that the request is for.</exception>
    public static bool IsKnown(CloudRequest request, ObjectRecord record)
    {
        var isOther = request["If-Match"] is { } wanted ? !Names(wanted, record) : IsBefore(request["If-Unmodified-Since"], record);
        if (isOther)
        {
            throw Failed();
        }

        return request["If-None-Match"] is { } known ? Names(known, record)
            : Date(request["If-Modified-Since"]) is { } since && Seconds(record) <= since;
    }

    /// <exception cref="CloudException">The object that is there, or none, is not what the writer expects.</exception>
    public static void CheckWrite(CloudRequest request, ObjectRecord? before)
    {
        if (request["If-None-Match"] is { } absent)
        {
            if (absent != "*")
            {
                throw new CloudException(
                    "NotImplemented",
                    "A header you provided implies functionality that is not implemented: S3 knows If-None-Match: * for writes alone.",
                    501);
            }

            if (before is not null)
            {
                throw Failed();
            }
        }

        if (request["If-Match"] is { } present && !Names(present, before ?? throw ObjectService.NoKey()))
        {
            throw Failed();
        }
    }

    private static CloudException Failed() =>
        new("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);

    private static bool Names(string tags, ObjectRecord record) =>
        tags
            .Split(',', StringSplitOptions.TrimEntries)
            .Any(tag => tag == "*" || tag.Replace("W/", "", StringComparison.Ordinal).Trim('"') == record.ETag);

    private static bool IsBefore(string? date, ObjectRecord record) => Date(date) is { } limit && Seconds(record) > limit;

    // Dates in headers have no fractions.
    private static long Seconds(ObjectRecord record) => record.ModifiedAt.ToUnixTimeSeconds();

    private static long? Date(string? text) =>
        DateTimeOffset.TryParseExact(text, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date.ToUnixTimeSeconds()
            : null;
}
