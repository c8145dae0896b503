namespace Baker.Core.Manifest;

/// <summary>Checks the attributes that one layer, the base or a group, writes down.</summary>
internal static class GroupChecks
{
    /// <summary>False when the layer is not even an object.</summary>
    public static bool CheckLayer(string name, ManifestValue layer, DiagnosticBag diagnostics)
    {
        var context = new CheckContext(diagnostics) { Example = $"\"{name}\": {{\"description\": \"web servers\"}}" };
        if (layer.Kind != ValueKind.Object)
        {
            context.WrongType(name, layer, "an object");
            return false;
        }

        foreach (var (key, value) in layer.Properties)
        {
            if (AttributeTable.Find(key) is not { } rule)
            {
                var text = key.Text;
                diagnostics.Warning(
                    DiagnosticCode.UnknownAttribute,
                    key,
                    $"{name} has an attribute {Quoting.Quote(text)} that Baker does not know.",
                    DidYouMean.Suggest(
                        text,
                        AttributeTable.Names,
                        "It is passed to templates as it stands; --strict makes this an error."));
            }
            else if (value.Kind != ValueKind.Null)
            {
                context.Example = rule.Example;
                rule.Check.Run(context, rule.Name, value);
            }
        }

        return true;
    }
}
