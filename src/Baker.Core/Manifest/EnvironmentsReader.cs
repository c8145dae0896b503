using System.Collections.Immutable;

namespace Baker.Core.Manifest;

/// <summary>Reads <c>__environments__</c>: every layer of every environment is checked as the base and the groups are.</summary>
internal static class EnvironmentsReader
{
    private static readonly string[] s_reserved = ["__base__", "__description__", "__cookbook_versions__", .. ResourceTable.Names];

    /// <summary>EC2 takes 128 characters in the name of a launch template: the two, a slash between, a version behind.</summary>
    private const int LongestNames = 120;

    private static readonly ValueCheck s_versions = Checks.MapOf(
        Checks.TextLike("a constraint of Chef's such as ~> 2.1 or = 1.0.3", "constraints", Shapes.IsVersionConstraint),
        Checks.TextLike("the name of a cookbook", "names of cookbooks", Shapes.IsCookbookName));

    public static IReadOnlyList<ManifestEnvironment> Read(
        ManifestValue? found,
        IReadOnlyList<GroupEntry> groups,
        DiagnosticBag diagnostics)
    {
        if (found is not { } value)
        {
            return [];
        }

        var context = new CheckContext(diagnostics) { Example = "\"__environments__\": {\"staging\": {\"www\": {\"tags\": {}}}}" };
        if (value.Kind != ValueKind.Object)
        {
            context.WrongType("__environments__", value, "an object");
            return [];
        }

        var known = groups.ToDictionary(group => group.Name.ToString(), group => group.Name);
        var seen = new Dictionary<string, ManifestValue>(GroupNameComparer.Instance);
        var environments = new List<ManifestEnvironment>();
        foreach (var (key, environment) in value.Properties)
        {
            var name = key.Text;
            if (!CheckName(key, seen, diagnostics))
            {
                continue;
            }

            if (environment.Kind != ValueKind.Object)
            {
                context.WrongType(name, environment, "an object");
                continue;
            }

            if (groups.FirstOrDefault(group => group.Name.ToString().Length + name.Length > LongestNames) is { } tooLong)
            {
                diagnostics.Error(
                    DiagnosticCode.BadName,
                    key,
                    $"The names of the environment {name} and the group {tooLong.Name} have more than {LongestNames} characters together, "
                        + "too many for a launch template's name.",
                    "Shorten one of them.");
            }

            environments.Add(ReadOne(EnvironmentName.Parse(name), environment, known, context, diagnostics));
        }

        return environments;
    }

    private static bool CheckName(ManifestValue key, Dictionary<string, ManifestValue> seen, DiagnosticBag diagnostics)
    {
        var name = key.Text;
        if (!EnvironmentName.IsOne(name))
        {
            diagnostics.Error(
                DiagnosticCode.BadName,
                key,
                $"{Quoting.Quote(name)} cannot be the name of an environment.",
                "Start with a letter or digit; use only letters, digits, '.', '_' and '-'; at most 63 characters.");
            return false;
        }

        if (!seen.TryAdd(name, key))
        {
            if (seen[name].TextEquals(key))
            {
                return false; // that it stands there twice was told when it was parsed
            }

            diagnostics.Error(
                DiagnosticCode.BadName,
                key,
                $"The environment {Quoting.Quote(name)} differs from the one at {seen[name].Position} only by upper and lower case or by "
                    + "'.', '-' and '_'.",
                "Rename one: they would share files on macOS and Windows, and their name in Chef.");
            return false;
        }

        return true;
    }

    private static ManifestEnvironment ReadOne(
        EnvironmentName name,
        ManifestValue environment,
        Dictionary<string, GroupName> known,
        CheckContext context,
        DiagnosticBag diagnostics)
    {
        ManifestValue? baseValue = null;
        var description = "";
        var versions = ImmutableArray<KeyValuePair<string, string>>.Empty;
        var layers = new Dictionary<GroupName, ManifestValue>();
        var resources = new Dictionary<string, ManifestValue>(StringComparer.Ordinal);
        foreach (var (key, value) in environment.Properties)
        {
            var text = key.Text;
            var before = diagnostics.Count;
            switch (text)
            {
                case "__base__":
                    baseValue = GroupChecks.CheckLayer($"{name}.__base__", value, diagnostics) ? value : null;
                    break;
                case "__description__":
                    context.Example = "\"__description__\": \"where we try things\"";
                    Checks.AnyText.Run(context, $"{name}.__description__", value);
                    description = diagnostics.Count == before ? value.Text : "";
                    break;
                case "__cookbook_versions__":
                    context.Example = "\"__cookbook_versions__\": {\"nginx\": \"~> 2.1\"}";
                    s_versions.Run(context, $"{name}.__cookbook_versions__", value);
                    versions = diagnostics.Count == before ? [.. Pairs(value)] : [];
                    break;
                default:
                    if (ResourceTable.Has(text))
                    {
                        if (ResourceTable.Read($"{name}.{text}", text, value, diagnostics) is { } section)
                        {
                            resources.TryAdd(text, section);
                        }
                    }
                    else if (!known.TryGetValue(text, out var group))
                    {
                        ReportUnknown(name, key, known.Keys, diagnostics);
                    }
                    else if (value.Kind == ValueKind.Null || GroupChecks.CheckLayer($"{name}.{group}", value, diagnostics))
                    {
                        layers.TryAdd(group, value);
                    }

                    break;
            }
        }

        return new ManifestEnvironment(name, baseValue, layers)
        {
            Description = description,
            CookbookVersions = versions,
            Resources = resources,
        };
    }

    private static List<KeyValuePair<string, string>> Pairs(ManifestValue value)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var (name, constraint) in value.Properties)
        {
            pairs.Add(new(name.Text, constraint.Text));
        }

        return pairs;
    }

    private static void ReportUnknown(
        EnvironmentName environment,
        ManifestValue key,
        IReadOnlyCollection<string> groups,
        DiagnosticBag diagnostics)
    {
        var text = key.Text;
        if (Shapes.IsReserved(text))
        {
            diagnostics.Error(
                DiagnosticCode.ReservedKey,
                key,
                $"{Quoting.Quote(text)} is no reserved key of an environment.",
                DidYouMean.Suggest(text, s_reserved, $"They are {string.Join(", ", s_reserved)}; everything else is a group."));
            return;
        }

        diagnostics.Error(
            DiagnosticCode.BadName,
            key,
            $"The environment {environment} speaks of a group {Quoting.Quote(text)}, and the manifest has none of that name.",
            DidYouMean.Suggest(text, groups, "Add the group at the top level of the manifest; here stands what differs."));
    }
}
