using System.Text;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Imports;

/// <summary>What the <c>{{…}}</c> of a Packer template stand for, as far as that is known without running Packer.</summary>
/// <param name="Variables">The user variables' values; null for those that have none.</param>
/// <param name="Sensitive">The variables whose values are not to be written down.</param>
/// <param name="Folder">The template's folder as seen from the project's: <c>.</c> or a path.</param>
/// <param name="Build">The name of the builder.</param>
internal sealed record PackerValues(
    IReadOnlyDictionary<string, string?> Variables,
    IReadOnlySet<string> Sensitive,
    string Folder,
    string Build,
    string Type)
{
    private const int Deepest = 16;

    /// <summary>The value with every expression replaced.</summary>
    /// <returns>Null where it cannot be known; then why.</returns>
    public (JToken? Value, string? Why) Resolve(JToken value)
    {
        switch (value)
        {
            case JObject fields:
                {
                    var resolved = new JObject();
                    foreach (var field in fields.Properties())
                    {
                        var (name, badName) = Resolve(field.Name, 0);
                        var (content, bad) = Resolve(field.Value);
                        if (name is null || content is null)
                        {
                            return (null, badName ?? bad);
                        }

                        resolved[name] = content;
                    }

                    return (resolved, null);
                }

            case JArray items:
                {
                    var resolved = new JArray();
                    foreach (var item in items)
                    {
                        var (content, bad) = Resolve(item);
                        if (content is null)
                        {
                            return (null, bad);
                        }

                        resolved.Add(content);
                    }

                    return (resolved, null);
                }

            case JValue { Type: JTokenType.String } text:
                {
                    var (content, bad) = Resolve((string)text!, 0);
                    return (content is null ? null : new JValue(content), bad);
                }

            default:
                return (value.DeepClone(), null);
        }
    }

    private (string? Value, string? Why) Resolve(string text, int depth)
    {
        var resolved = new StringBuilder();
        for (var at = 0; ;)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            var close = open < 0 ? -1 : text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                return (resolved.Append(text, at, text.Length - at).ToString(), null);
            }

            var (value, why) = Expression(text[(open + 2)..close].Trim(), depth);
            if (value is null)
            {
                return (null, why);
            }

            resolved.Append(text, at, open - at).Append(value);
            at = close + 2;
        }
    }

    private (string? Value, string? Why) Expression(string expression, int depth)
    {
        var words = expression.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var argument = words.Length == 2 && words[1].Length > 1 && words[1][0] is '`' or '"' ? words[1][1..^1] : null;
        return (words.Length == 0 ? "" : words[0], argument) switch
        {
            ("user", { } name) => Variable(name, depth),
            ("template_dir", null) => (Folder, null),
            ("build_name", null) => (Build, null),
            ("build_type", null) => (Type, null),
            ("env", { } name) => (null, $"it is read from the environment variable {name} in each run of Packer; write its value"),
            _ => (null, $"{{{{{expression}}}}} is known in a run of Packer alone"),
        };
    }

    private (string? Value, string? Why) Variable(string name, int depth) =>
        Sensitive.Contains(name)
            ? (null, $"the variable {name} is sensitive, and a manifest is no place for secrets (config:set --secret is)")
        : !Variables.TryGetValue(name, out var value) ? (null, $"the template has no variable {name}")
        : value is null ? (null, $"the variable {name} has no value; give it with --var {name}=VALUE")
        : depth == Deepest ? (null, $"the variable {name} stands for itself")
        : Resolve(value, depth + 1);
}
