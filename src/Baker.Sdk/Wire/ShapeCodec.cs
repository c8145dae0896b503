using Amazon.Runtime;

namespace Baker.Sdk.Wire;

/// <summary>
/// Carries the members of a shape one way: a reading codec ignores the value it is given and returns what the wire
/// says (null where it says nothing), a writing codec puts the value on the wire and returns it. So one generated
/// method a shape serves client and server, requests and responses, of every protocol.
/// </summary>
internal abstract class ShapeCodec
{
    /// <summary>Carries one item of a list of strings.</summary>
    public static readonly Func<ShapeCodec, string, string?, string?> TextItem = static (codec, name, value) => codec.Text(name, value);

    /// <summary>Carries a boolean that stands inside another element.</summary>
    public static readonly Func<ShapeCodec, string, bool?, bool?> FlagItem = static (codec, name, value) => codec.Boolean(name, value);

    public abstract string? Text(string name, string? value);

    public abstract bool? Boolean(string name, bool? value);

    public abstract int? Integer(string name, int? value);

    public abstract long? Long(string name, long? value);

    public abstract double? Double(string name, double? value);

    public abstract DateTime? Time(string name, DateTime? value);

    public abstract MemoryStream? Blob(string name, MemoryStream? value);

    /// <summary>Carries a structure; a reading codec makes it where the wire has it.</summary>
    public abstract T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class, new();

    /// <summary>Carries a list; <paramref name="itemName"/> is what XML and query protocols call an item.</summary>
    public abstract List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item);

    /// <summary>Carries a map whose keys are strings.</summary>
    public abstract Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item);

    /// <summary>The same, where the query protocol calls key and value something else.</summary>
    public virtual Dictionary<string, T>? Map<T>(
        string name,
        Dictionary<string, T>? value,
        Func<ShapeCodec, string, T?, T?> item,
        string keyName,
        string valueName) => Map(name, value, item);

    /// <summary>Carries a value that the wire has inside an element of its own: monitoring, then enabled.</summary>
    public abstract T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item);

    /// <summary>Carries an idempotency token; a client's writer makes one where the caller gave none.</summary>
    public virtual string? Token(string name, string? value) => Text(name, value);

    public float? Float(string name, float? value) => (float?)Double(name, value);

    /// <summary>Carries an enumeration's value.</summary>
    public T? Constant<T>(string name, T? value, Func<string, T> find) where T : ConstantClass
    {
        var text = Text(name, value?.Value);
        return text is null ? null : value is not null && value.Value == text ? value : find(text);
    }
}
