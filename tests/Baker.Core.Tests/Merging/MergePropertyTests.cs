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

    [Test]
    public void Merge_FourLayersOfArbitraryJson_IsTheThreeRulesLayerByLayer()
    {
        var layers = Gen.ArrayOf(Json.Object(2), 4);
        Prop.ForAll(layers.ToArbitrary(), all =>
        {
            var merged = MergedTokens.Of(new ReadManifest(Manifest(all).ToString(Formatting.None)).Merged("g", "e"));
            var expected = WithoutNulls(all.Aggregate(Pairwise));
            return Prop.Label(Same(merged, expected), $"{merged} is not {expected}");
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Merge_EnvironmentThatSaysNothing_IsTheGroup()
    {
        var layers = Gen.ArrayOf(Json.Object(2), 2);
        Prop.ForAll(layers.ToArbitrary(), two =>
        {
            var read = new ReadManifest(Manifest([.. two, [], []]).ToString(Formatting.None));
            return Same(MergedTokens.Of(read.Merged("g", "e")), MergedTokens.Of(read.Merged("g")));
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Merge_LowerEnvironmentLayers_AreWhatTheHigherOnesSayWhereThoseAreTheSameText()
    {
        var layers = Gen.ArrayOf(Json.Object(2), 3);
        Prop.ForAll(layers.ToArbitrary(), three =>
        {
            var asBase = new ReadManifest(Manifest([.. three, []]).ToString(Formatting.None)).Merged("g", "e");
            var asGroup = new ReadManifest(Manifest([three[0], three[1], [], three[2]]).ToString(Formatting.None)).Merged("g", "e");
            return Same(MergedTokens.Of(asBase), MergedTokens.Of(asGroup));
        }).QuickCheckThrowOnFailure();
    }

    private static JObject Manifest(JObject[] layers) => new()
    {
        ["__base__"] = layers[0].DeepClone(),
        ["g"] = layers[1].DeepClone(),
        ["__environments__"] = new JObject
        {
            ["e"] = new JObject { ["__base__"] = layers[2].DeepClone(), ["g"] = layers[3].DeepClone() },
        },
    };

    // Two layers whose nulls stand until all layers are there.
    private static JObject Pairwise(JObject lower, JObject upper)
    {
        var result = new JObject();
        foreach (var name in lower.Properties().Concat(upper.Properties()).Select(property => property.Name).Distinct())
        {
            var isGone = (upper.ContainsKey(name) ? upper[name] : lower[name])!.Type == JTokenType.Null;
            var value = isGone ? JValue.CreateNull() : ByTheRules(Only(lower, name), Only(upper, name))[name]!;
            result.Add(name, value.DeepClone());
        }

        return result;
    }

    private static JObject Only(JObject layer, string name) =>
        layer.ContainsKey(name) ? new JObject { [name] = layer[name]!.DeepClone() } : [];

    private static JObject WithoutNulls(JObject layer) =>
        new(layer.Properties().Where(property => property.Value.Type != JTokenType.Null));

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
