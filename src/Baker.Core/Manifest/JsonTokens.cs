using System.Globalization;
using System.Numerics;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Manifest;

/// <summary>The manifest's values as Newtonsoft tokens, for templates; every number is written back as it was spelt.</summary>
public static class JsonTokens
{
    public static JToken Of(ManifestValue value) => value.Kind switch
    {
        ValueKind.Null => JValue.CreateNull(),
        ValueKind.True => new JValue(true),
        ValueKind.False => new JValue(false),
        ValueKind.Number => OfNumber(value.Spelling),
        ValueKind.String => new JValue(value.Text),
        ValueKind.Array => OfArray(value),
        _ => OfObject(value),
    };

    private static JArray OfArray(ManifestValue value)
    {
        var array = new JArray();
        foreach (var item in value.Items)
        {
            array.Add(Of(item));
        }

        return array;
    }

    private static JObject OfObject(ManifestValue value)
    {
        var result = new JObject();
        foreach (var (name, property) in value.Properties)
        {
            result.Add(name.Text, Of(property));
        }

        return result;
    }

    // Newtonsoft writes whole numbers and decimals back as they are; any other spelling is kept raw.
    private static JValue OfNumber(string spelling)
    {
        if (long.TryParse(spelling, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && spelling != "-0")
        {
            return new JValue(whole);
        }

        if (spelling.Contains('.') && decimal.TryParse(
            spelling,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var exact)
            && exact.ToString(CultureInfo.InvariantCulture) == spelling)
        {
            return new JValue(exact);
        }

        // A number of a million digits is one that nobody reckons with, and takes minutes to be made one.
        return spelling.Length <= 1000
            && BigInteger.TryParse(spelling, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var big)
            && spelling != "-0"
            ? new JValue((object)big)
            : new JRaw(spelling);
    }
}
