using System.Numerics;
using Newtonsoft.Json.Linq;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>The manifest's values as templates see them: scalars, lists and objects of Scriban's own, which cannot be written to.</summary>
internal static class TemplateValues
{
    public static object? Of(JToken token) => token switch
    {
        JObject item => Object(item.Properties().Select(property => KeyValuePair.Create(property.Name, Of(property.Value)))),
        JArray array => List(array.Select(Of)),
        JRaw raw => new SpeltNumber((string)raw.Value!),
        JValue { Value: BigInteger big } => new SpeltNumber(big.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        JValue value => value.Value,
        _ => throw new ArgumentException($"A manifest has no {token.Type}.", nameof(token)),
    };

    public static ScriptArray List(IEnumerable<object?> items)
    {
        var list = new ScriptArray();
        foreach (var item in items)
        {
            list.Add(item);
        }

        list.IsReadOnly = true;
        return list;
    }

    public static ScriptObject Object(IEnumerable<KeyValuePair<string, object?>> properties)
    {
        var result = new ScriptObject();
        foreach (var (name, value) in properties)
        {
            result[name] = value;
        }

        result.IsReadOnly = true;
        return result;
    }
}
