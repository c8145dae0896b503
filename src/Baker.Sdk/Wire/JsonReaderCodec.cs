using System.Globalization;
using System.Text.Json;

namespace Baker.Sdk.Wire;

/// <summary>Reads members in JSON.</summary>
internal sealed class JsonReaderCodec(JsonElement root) : ShapeCodec
{
    private JsonElement _at = root;
    private JsonElement? _item;

    public override string? Text(string name, string? value) => Find(name) is { } found
        ? found.ValueKind == JsonValueKind.String ? found.GetString() : found.GetRawText()
        : null;

    public override bool? Boolean(string name, bool? value) => Find(name) is { } found ? found.GetBoolean() : null;

    public override int? Integer(string name, int? value) => Find(name) is { } found ? found.GetInt32() : null;

    public override long? Long(string name, long? value) => Find(name) is { } found ? found.GetInt64() : null;

    public override double? Double(string name, double? value) => Find(name) is { } found
        ? found.ValueKind == JsonValueKind.String ? double.Parse(found.GetString()!, CultureInfo.InvariantCulture) : found.GetDouble()
        : null;

    public override DateTime? Time(string name, DateTime? value) => Find(name) is { } found
        ? found.ValueKind == JsonValueKind.String ? WireText.ToTime(found.GetString()!) : WireText.FromSeconds(found.GetDouble())
        : null;

    public override MemoryStream? Blob(string name, MemoryStream? value) =>
        Find(name) is { } found ? new MemoryStream(found.GetBytesFromBase64()) : null;

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (Find(name) is not { } found)
        {
            return null;
        }

        var (made, before) = (new T(), _at);
        _at = Kind(name, found, JsonValueKind.Object);
        members(this, made);
        _at = before;
        return made;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (Find(name) is not { } found)
        {
            return null;
        }

        var items = new List<T>();
        foreach (var each in Kind(name, found, JsonValueKind.Array).EnumerateArray())
        {
            _item = NotNull(name, each);
            items.Add(item(this, itemName, default)!);
        }

        return items;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item)
        where T : default
    {
        if (Find(name) is not { } found)
        {
            return null;
        }

        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var each in Kind(name, found, JsonValueKind.Object).EnumerateObject())
        {
            _item = NotNull($"{name}.{each.Name}", each.Value);
            entries[each.Name] = item(this, each.Name, default)!;
        }

        return entries;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default =>
        throw new NotSupportedException("No JSON service has such a member.");

    private JsonElement? Find(string name)
    {
        if (_item is { } item)
        {
            _item = null;
            return item.ValueKind == JsonValueKind.Null ? null : item;
        }

        return _at.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;
    }

    private static JsonElement NotNull(string name, JsonElement element) => element.ValueKind != JsonValueKind.Null
        ? element
        : throw new FormatException($"{name} must not hold null.");

    private static JsonElement Kind(string name, JsonElement element, JsonValueKind kind) => element.ValueKind == kind
        ? element
        : throw new FormatException($"{name} must be {(kind == JsonValueKind.Array ? "a list" : "an object")}.");
}
