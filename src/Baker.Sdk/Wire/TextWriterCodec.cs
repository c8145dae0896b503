namespace Baker.Sdk.Wire;

/// <summary>A writing codec of a protocol whose values are all text.</summary>
internal abstract class TextWriterCodec : ShapeCodec
{
    /// <summary>Puts text under a name at the place the codec stands.</summary>
    protected abstract void Write(string name, string text);

    public override string? Text(string name, string? value)
    {
        if (value is not null)
        {
            Write(name, value);
        }

        return value;
    }

    public override bool? Boolean(string name, bool? value)
    {
        Text(name, value is { } set ? WireText.Of(set) : null);
        return value;
    }

    public override int? Integer(string name, int? value)
    {
        Text(name, value is { } set ? WireText.Of(set) : null);
        return value;
    }

    public override long? Long(string name, long? value)
    {
        Text(name, value is { } set ? WireText.Of(set) : null);
        return value;
    }

    public override double? Double(string name, double? value)
    {
        Text(name, value is { } set ? WireText.Of(set) : null);
        return value;
    }

    public override DateTime? Time(string name, DateTime? value)
    {
        Text(name, value is { } set ? WireText.Of(set) : null);
        return value;
    }

    public override MemoryStream? Blob(string name, MemoryStream? value)
    {
        Text(name, value is null ? null : Convert.ToBase64String(value.ToArray()));
        return value;
    }
}
