using System.Numerics;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Artifacts;

/// <summary>Newtonsoft's tokens as the plain dictionaries, lists and scalars that templates walk through.</summary>
internal static class TemplateValues
{
    public static object? Of(JToken token) => token switch
    {
        JObject item => item.Properties().ToDictionary(property => property.Name, property => Of(property.Value)),
        JArray array => array.Select(Of).ToList(),
        JRaw raw => new SpeltNumber((string)raw.Value!),
        JValue { Value: BigInteger big } => new SpeltNumber(big.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        JValue value => value.Value,
        _ => throw new ArgumentException($"A manifest has no {token.Type}.", nameof(token)),
    };
}
