using Baker.Core;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Compiling;

public sealed class CompilePropertyTests
{
    private static readonly string[] Names = ["a", "b", "c", "naïve", "q\"uote", "back\\slash", "", "東京", "\u2028", "tab\t"];

    [Test]
    public void RoleUpdate_ArbitraryManifest_ParsesBackAndASecondRunWritesNothing() =>
        Prop.ForAll(Manifests.ToArbitrary(), manifest =>
        {
            using var project = new TestProject(manifest.ToString(Formatting.Indented));
            var first = project.RunAsync("role:update").Result;
            var again = project.RunAsync("role:update").Result;
            var names = manifest.Properties().Select(property => property.Name).Where(name => name[0] != '_').ToArray();
            return Prop.Label(first.Code == ExitCode.Done, first.Error)
                .And(Prop.Label(again.Out == $"0 created, 0 changed, {names.Length} unchanged, 0 orphaned\n", again.Out))
                .And(Prop.Label(names.All(name => project.Read($"roles/{name}.json").TrimEnd('\n') == Expected(manifest, name)), "a role differs"));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    private static Gen<JObject> Manifests =>
        from lower in Group
        from count in Gen.Choose(1, 4)
        from groups in Gen.ArrayOf(Group, count)
        select new JObject(groups.Select((item, index) => new JProperty($"g{index}", item.DeepClone())).Prepend(new JProperty("__base__", lower.DeepClone())));

    private static Gen<JObject> Group =>
        from defaults in Dictionary(2)
        from overrides in Dictionary(1)
        from recipes in Gen.ListOf(Gen.Elements("recipe[a]", "recipe[b::c]", "role[d]"))
        from last in Gen.ListOf(Gen.Elements("recipe[y]", "recipe[z]"))
        from description in Gen.Elements(Names)
        select new JObject
        {
            ["description"] = description,
            ["default_attributes"] = defaults.DeepClone(),
            ["override_attributes"] = overrides.DeepClone(),
            ["run_list"] = new JArray(recipes),
            ["post_run_list"] = new JArray(last),
        };

    private static Gen<JObject> Dictionary(int depth) =>
        from names in Gen.SubListOf(Names)
        from values in Gen.ArrayOf(Value(depth), names.Count)
        select new JObject(names.Zip(values, (name, value) => new JProperty(name, value.DeepClone())));

    private static Gen<JToken> Value(int depth)
    {
        var scalar = Gen.OneOf(
            Gen.Elements(Names).Select(text => (JToken)new JValue(text)),
            Gen.Choose(-1000, 1000).Select(number => (JToken)new JValue((long)number)),
            Gen.Elements((JToken)new JValue(true), new JValue(1.0m), JValue.CreateNull(), new JArray(), new JObject()));
        return depth == 0 ? scalar : Gen.OneOf(scalar, Dictionary(depth - 1).Select(item => (JToken)item), Gen.ArrayOf(scalar, 3).Select(items => (JToken)new JArray(items.Select(item => item.DeepClone()))));
    }

    private static string Expected(JObject manifest, string name)
    {
        var (lower, upper) = ((JObject)manifest["__base__"]!, (JObject)manifest[name]!);
        var role = new JObject
        {
            ["name"] = "role-" + name,
            ["chef_type"] = "role",
            ["json_class"] = "Chef::Role",
            ["description"] = upper["description"],
            ["override_attributes"] = Merged(lower, upper, "override_attributes"),
            ["default_attributes"] = Merged(lower, upper, "default_attributes"),
            ["run_list"] = new JArray(lower["run_list"]!.Concat(upper["run_list"]!).Concat(lower["post_run_list"]!).Concat(upper["post_run_list"]!)),
        };
        using var text = new StringWriter { NewLine = "\n" };
        using var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 4 };
        role.WriteTo(writer);

        // Newtonsoft escapes U+2028, which JSON does not ask for.
        return text.ToString().Replace("\\u2028", "\u2028", StringComparison.Ordinal);
    }

    private static JObject Merged(JObject lower, JObject upper, string name)
    {
        var merged = (JObject)lower[name]!.DeepClone();
        foreach (var property in ((JObject)upper[name]!).Properties())
        {
            merged[property.Name] = property.Value.DeepClone();
        }

        return merged;
    }
}
