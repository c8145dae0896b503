namespace Baker.Sdk.Generator.Models;

/// <summary>Says which C# type stands for a shape, and which codec call carries it.</summary>
internal sealed class Types
{
    private readonly Service _service;

    public Types(Service service) => _service = service;

    /// <summary>The type of a property: value types nullable, collections as they are.</summary>
    public string Property(string shape)
    {
        var type = Element(shape, enumsAsText: false);
        return IsValue(type) ? type + "?" : type;
    }

    /// <summary>The call that carries a property through a codec `c`, from `value` back to it.</summary>
    public string Carry(Member member)
    {
        var wire = "\"" + member.Wire + "\"";
        var value = "v." + member.Property;
        return member.IsToken ? $"c.Token({wire}, {value})" : Carry(member.Shape, "c", wire, value);
    }

    /// <summary>
    /// The expression that makes a value of one shape one of another; null where they are different things. The classes
    /// that have to be copied for it go to <paramref name="needs"/>.
    /// </summary>
    public string? Convert(string value, string from, string to, Action<(string From, string To)> needs)
    {
        if (Property(from) == Property(to))
        {
            return value;
        }

        var (source, target) = (Kind(from), Kind(to));
        switch (source, target)
        {
            case ("string", "enum"): return $"{Property(to)}.FindValue({value})";
            case ("enum", "string"): return $"{value}.Value";
            case ("enum", "enum"): return $"{Property(to)}.FindValue({value}.Value)";
            case ("structure", "structure"):
                needs((Property(from), Property(to)));
                return $"{value}.CopyTo(new {Property(to)}())";
            case ("list", "list"):
                var (item, other) = (_service.Shape(from).Element!.Text("shape")!, _service.Shape(to).Element!.Text("shape")!);
                return Convert("each", item, other, needs) is { } each ? $"{value}.ConvertAll(static each => {each})" : null;
            default: return null;
        }
    }

    private string Kind(string shape) => _service.Substitute(shape) is not null ? "substitute"
        : _service.Shape(shape) is { IsEnum: true } ? "enum"
        : _service.Shape(shape).Type;

    private string Carry(string shape, string codec, string wire, string value)
    {
        if (_service.Substitute(shape) is { } substitute)
        {
            var parts = substitute.Split('.');
            return parts.Length == 1
                ? $"{codec}.Text({wire}, {value})"
                : $"{codec}.Within({wire}, \"{Inner(shape, parts[1])}\", {value}, {(parts[0] == "Boolean" ? "FlagItem" : "TextItem")})";
        }

        var model = _service.Shape(shape);
        switch (model.Type)
        {
            case "structure": return $"{codec}.Structure({wire}, {value}, On{Naming.Capital(shape)})";
            case "list":
                var item = model.Element!.Text("locationName") ?? "member";
                return $"{codec}.List({wire}, \"{item}\", {value}, {Item(model.Element.Text("shape")!)})";
            case "map": return $"{codec}.Map({wire}, {value}, {Item(model.Element!.Text("shape")!)}{MapNames(model)})";
            case "string" when model.IsEnum:
                return $"{codec}.Constant({wire}, {value}, {Naming.Capital(shape)}.FindValue)";
            default: return $"{codec}.{Primitive(model.Type)}({wire}, {value})";
        }
    }

    private static string MapNames(Shape map) =>
        map.Key?.Text("locationName") is { } key ? $", \"{key}\", \"{map.Element!.Text("locationName")}\"" : "";

    private string Inner(string shape, string member) =>
        _service.Shape(shape).Members(shape).First(each => each.Property == member).Wire;

    private string Item(string shape)
    {
        var model = _service.Shape(shape);
        switch (_service.Substitute(shape) is null ? model.Type : "string")
        {
            case "structure": return $"static (c, n, x) => c.Structure(n, x, On{Naming.Capital(shape)})";
            case "list":
            case "map": return "static (c, n, x) => " + Carry(shape, "c", "n", "x");
            case "string": return "TextItem";
            case "blob": return "static (c, n, x) => c.Blob(n, x)";
            default: return $"static (c, n, x) => c.{Primitive(model.Type)}(n, x).GetValueOrDefault()";
        }
    }

    private string Element(string shape, bool enumsAsText)
    {
        if (_service.Substitute(shape) is { } substitute)
        {
            return substitute.Split('.')[0] == "Boolean" ? "bool" : "string";
        }

        var model = _service.Shape(shape);
        return model.Type switch
        {
            "structure" => Naming.Capital(shape),
            "list" => $"List<{Element(model.Element!.Text("shape")!, enumsAsText: true)}>",
            "map" => $"Dictionary<string, {Element(model.Element!.Text("shape")!, enumsAsText: true)}>",
            "string" when model.IsEnum && !enumsAsText => Naming.Capital(shape),
            "string" => "string",
            "blob" => "MemoryStream",
            "boolean" => "bool",
            "integer" => "int",
            "timestamp" => "DateTime",
            var same => same,
        };
    }

    private static string Primitive(string type) => type switch
    {
        "string" => "Text",
        "boolean" => "Boolean",
        "integer" => "Integer",
        "timestamp" => "Time",
        _ => Naming.Capital(type),
    };

    private static bool IsValue(string type) => type is "bool" or "int" or "long" or "float" or "double" or "DateTime";
}
