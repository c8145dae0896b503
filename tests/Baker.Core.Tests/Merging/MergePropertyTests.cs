using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Tests.Manifest;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Merging;

public sealed class MergePropertyTests
{
    [Test]
    public void Merge_ArbitraryJson_IsWhatTheThreeRulesSay()
    {
        var layers = Json.Object(3).SelectMany(lower => Json.Object(3).Select(upper => (lower, upper)));
        Prop.ForAll(layers.ToArbitrary(), pair =>
        {
            var manifest = new JObject { ["__base__"] = pair.lower.DeepClone(), ["g"] = pair.upper.DeepClone() };
            var merged = MergedTokens.Of(new ReadManifest(manifest.ToString(Formatting.None)).Merged("g"));
            var expected = ByTheRules(pair.lower, pair.upper);
            return Prop.Label(Same(merged, expected), $"{merged} is not {expected}");
        }).QuickCheckThrowOnFailure();
    }

    // The three rules once more, in another way: attribute by attribute, from the values alone.
    private static JObject ByTheRules(JObject lower, JObject upper)
    {
        var result = new JObject();
        foreach (var name in lower.Properties().Concat(upper.Properties()).Select(property => property.Name).Distinct())
        {
            var (below, above) = (lower[name], upper[name]);
            JToken? value = (below, above) switch
            {
                (_, { Type: JTokenType.Null }) => null,
                ({ Type: JTokenType.Null }, null) => null,
                (_, null) => below,
                (JArray first, JArray second) => new JArray(first.Concat(second)),
                (JObject first, JObject second) => new JObject(first.Properties().Select(property => property.Name).Union(second.Properties().Select(property => property.Name))
                    .Select(key => new JProperty(key, second.ContainsKey(key) ? second[key] : first[key]))),
                _ => above,
            };
            if (value is not null)
            {
                result.Add(name, value.DeepClone());
            }
        }

        return result;
    }

    // Order counts, so texts are compared.
    private static bool Same(JToken left, JToken right) => left.ToString(Formatting.None) == right.ToString(Formatting.None);
}
