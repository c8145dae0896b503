using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>How what Baker makes for a group is tagged and named beside Baker's own tags, as <c>__settings__</c> says.</summary>
/// <param name="EnvironmentKey">The tag that holds the environment, for the user's own tooling (<c>environment_tag</c>).</param>
/// <param name="TypeKey">The tag that holds the group beside <c>group</c> (<c>type_tag</c>); null: none.</param>
/// <param name="NamePattern">
/// The names of nodes (<c>name_tag</c>); null: the usual one in an environment, and the group's name without one.
/// </param>
public sealed record NodeTagging(string EnvironmentKey, string? TypeKey, string? NamePattern)
{
    /// <summary>Baker's own tag, by which it tells the environments apart.</summary>
    public const string Environment = "baker:environment";

    /// <summary>The names of an environment's nodes: <c>prodweb3</c>.</summary>
    public const string UsualPattern = "{{environment}}{{group}}{{n}}";

    private const string NumberField = "{{n}}";

    public static NodeTagging Usual { get; } = new("environment", null, null);

    /// <summary>The tags of whatever is made for the group; none without an environment, but for the type.</summary>
    public IEnumerable<KeyValuePair<string, string>> Of(GroupName group, EnvironmentName? environment)
    {
        if (environment is { } name)
        {
            yield return new(Environment, name);
            yield return new(EnvironmentKey, name);
        }

        if (TypeKey is { } key)
        {
            yield return new(key, group);
        }
    }

    /// <summary>What a node is called that has no number yet, and everything else whose instances are launched by AWS.</summary>
    public string NameOf(GroupName group, EnvironmentName? environment) =>
        PatternOf(environment) is { } pattern ? Filled(pattern, group, environment, "") : group;

    /// <summary>The numbers that nodes are known by; null where the names of nodes have none.</summary>
    public NodeNumbers? NumbersOf(GroupName group, EnvironmentName? environment)
    {
        if (PatternOf(environment) is not { } pattern || pattern.IndexOf(NumberField, StringComparison.Ordinal) is not (>= 0 and var at))
        {
            return null;
        }

        return new NodeNumbers(
            Filled(pattern[..at], group, environment, ""),
            Filled(pattern[(at + NumberField.Length)..], group, environment, ""));
    }

    private string? PatternOf(EnvironmentName? environment) => NamePattern ?? (environment is null ? null : UsualPattern);

    private static string Filled(string pattern, GroupName group, EnvironmentName? environment, string number) => pattern
        .Replace("{{environment}}", environment?.ToString() ?? "", StringComparison.Ordinal)
        .Replace("{{group}}", group, StringComparison.Ordinal)
        .Replace(NumberField, number, StringComparison.Ordinal);
}
