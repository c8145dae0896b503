using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests;

/// <summary>Generates arbitrary JSON.</summary>
internal static class Json
{
    private static readonly string[] Names = ["a", "b", "c", "run_list", "default_attributes", "naïve", "q\"uote", "back\\slash", "", "東京", "\u2028", "tab\t"];
    private static readonly string[] Texts = ["", "x", "recipe[sudo]", "2026-11-21T08:00:00Z", "a\"b", "\\", "line\nbreak", "\u2028\u2029", "🚀", "it's", "// no comment", "/* */", "{}", "\u0001"];

    public static Gen<JToken> Value(int depth) => depth == 0 ? Scalar : Gen.Frequency((4, Scalar), (2, Array(depth - 1)), (2, Object(depth - 1).Select(item => (JToken)item)));

    public static Gen<JObject> Object(int depth) =>
        Gen.SubListOf(Names).SelectMany(names => Gen.ArrayOf(Value(depth), names.Count).Select(values => new JObject(names.Zip(values, (name, value) => new JProperty(name, value.DeepClone())))));

    private static Gen<JToken> Array(int depth) => Gen.Choose(0, 4).SelectMany(count => Gen.ArrayOf(Value(depth), count)).Select(items => (JToken)new JArray(items.Select(item => item.DeepClone())));

    private static Gen<JToken> Scalar => Gen.OneOf(
        Gen.Constant((JToken)JValue.CreateNull()),
        Gen.Elements(true, false).Select(value => (JToken)new JValue(value)),
        Gen.Choose(int.MinValue, int.MaxValue).Select(value => (JToken)new JValue((long)value)),
        Gen.Elements("0.5", "-12.25", "1.0", "100.125").Select(value => (JToken)new JValue(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture))),
        Gen.Elements(Texts).Select(value => (JToken)new JValue(value)));
}
