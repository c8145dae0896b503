using System.Globalization;

namespace Baker.Cloud.Images.Catalog;

/// <summary>That an image is not to be launched from some time on, as its tag says it.</summary>
public sealed record Revocation(DateTimeOffset From, string Why)
{
    /// <summary>EC2's bound for the value of a tag.</summary>
    public const int MostOfTag = 256;

    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public bool Holds(DateTimeOffset now) => From <= now;

    /// <summary>To be put behind the image's id.</summary>
    public string Words(DateTimeOffset now) => Holds(now)
        ? $"is revoked: {Why}"
        : $"will be revoked at {From.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture)}: {Why}";

    public override string ToString()
    {
        var text = $"{From.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture)} {Why}";
        return text.Length <= MostOfTag ? text : text[..MostOfTag];
    }

    /// <summary>Null where there is no such tag. One that cannot be read, written by hand, say, holds at once.</summary>
    public static Revocation? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var end = text.IndexOf(' ', StringComparison.Ordinal);
        var first = end < 0 ? text : text[..end];
        return DateTimeOffset.TryParseExact(
            first,
            Form,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var from)
            ? new Revocation(from, end < 0 ? "" : text[(end + 1)..])
            : new Revocation(DateTimeOffset.MinValue, text);
    }
}
