using System.Globalization;

namespace Baker.Sdk.Wire;

/// <summary>A reading codec of a protocol whose values are all text.</summary>
internal abstract class TextReaderCodec : ShapeCodec
{
    /// <summary>The text under a name at the place the codec stands, or null.</summary>
    protected abstract string? Read(string name);

    public override string? Text(string name, string? value) => Read(name);

    public override bool? Boolean(string name, bool? value) =>
        Read(name) is { Length: > 0 } text ? Parse(name, text, WireText.ToBoolean) : null;

    public override int? Integer(string name, int? value) =>
        Read(name) is { Length: > 0 } text ? Parse(name, text, static t => int.Parse(t, CultureInfo.InvariantCulture)) : null;

    public override long? Long(string name, long? value) =>
        Read(name) is { Length: > 0 } text ? Parse(name, text, static t => long.Parse(t, CultureInfo.InvariantCulture)) : null;

    public override double? Double(string name, double? value) =>
        Read(name) is { Length: > 0 } text ? Parse(name, text, static t => double.Parse(t, CultureInfo.InvariantCulture)) : null;

    public override DateTime? Time(string name, DateTime? value) =>
        Read(name) is { Length: > 0 } text ? Parse(name, text, WireText.ToTime) : null;

    public override MemoryStream? Blob(string name, MemoryStream? value) =>
        Read(name) is { } text ? Parse(name, text, static t => new MemoryStream(Convert.FromBase64String(t))) : null;

    /// <summary>Turns a value that is not what its type wants into one error of the reader's own.</summary>
    protected virtual Exception Malformed(string name, string text, FormatException cause) =>
        new FormatException($"{name} has the value '{text}', which cannot be read.", cause);

    private T Parse<T>(string name, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (Exception cause) when (cause is FormatException or OverflowException)
        {
            throw Malformed(name, text, cause as FormatException ?? new FormatException(cause.Message));
        }
    }
}
