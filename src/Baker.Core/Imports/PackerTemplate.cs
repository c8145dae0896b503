using System.Text;
using System.Text.Json;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;
using DateParseHandling = Newtonsoft.Json.DateParseHandling;
using JsonReaderException = Newtonsoft.Json.JsonReaderException;
using JsonTextReader = Newtonsoft.Json.JsonTextReader;

namespace Baker.Core.Imports;

/// <summary>A Packer JSON template as a manifest: https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates.</summary>
public static class PackerTemplate
{
    /// <param name="name">The template's file, as messages name it.</param>
    /// <param name="folder">Its folder as seen from the project's, <c>.</c> where they are one.</param>
    /// <param name="given">Values of user variables that stand in for those of the template.</param>
    /// <param name="group">What the group is called, where there is one builder; null for the builder's or the file's name.</param>
    /// <exception cref="BakerException">It is no such template, or nothing of it can be baked.</exception>
    public static Imported Read(string name, string text, string folder, IReadOnlyDictionary<string, string> given, GroupName? group)
    {
        var root = PackerOption.Of(name, "", "", Parse(name, text));
        var left = new List<ImportNote>();
        var (variables, sensitive) = Variables(root, given, name);
        var settings = new JObject { ["cloud"] = "local" };
        var drafts = new List<ImportDraft>();
        var builders = Child(root, "builders")?.Items().ToList() ?? throw NotOne(name);
        var all = Child(root, "provisioners")?.Items().ToList() ?? [];
        var unread = all;
        foreach (var builder in builders)
        {
            var type = Text(builder, "type") ?? "";
            if (type != "amazon-ebs")
            {
                left.Add(new ImportNote(builder.Place, $"{builder.Path} ({type})", "only amazon-ebs makes what a group is baked to"));
                continue;
            }

            var build = Text(builder, "name") ?? type;
            var wanted = group?.ToString() ?? Text(builder, "name") ?? FileName(name);
            var draft = new ImportDraft(NameOf(wanted, drafts));
            draft.CarryName(builder.Place, wanted);
            var values = new PackerValues(variables, sensitive, folder, build, type);
            PackerBuilder.Read(draft, values, builder);
            var provisioners = new PackerProvisioners(draft, values, settings);
            unread = unread.FindAll(each => !provisioners.IsOfBuild(each));
            all.ForEach(provisioners.Read);

            drafts.Add(draft);
        }

        if (drafts.Count == 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{name} has no amazon-ebs builder; nothing was written.",
                builders.Count == 0
                    ? "It has no builder at all."
                    : $"Its builders are {string.Join(", ", builders.Select(each => Text(each, "type") ?? "nameless"))}.");
        }

        left.AddRange(unread.Select(each => new ImportNote(
            each.Place,
            $"{each.Path} ({Text(each, "type")})",
            "its only or except leaves it to none of the builders that are read")));
        foreach (var option in Options(root))
        {
            Rest(option, left);
        }

        return Imported.Of(drafts, settings, left.Distinct());
    }

    private static void Rest(PackerOption option, List<ImportNote> left)
    {
        switch (option.Name)
        {
            case "builders" or "provisioners" or "variables" or "sensitive-variables":
                break;
            case "post-processors":
                foreach (var each in option.Items().SelectMany(item => item.Value is JArray ? item.Items() : [item]))
                {
                    var type = each.Value is JObject ? Text(each, "type") : each.Value.ToString();
                    left.Add(new ImportNote(
                        each.Place,
                        $"{each.Path} ({type})",
                        type == "manifest"
                            ? "Baker records each bake in builds/"
                            : "Baker has no post-processors; run it after package packer:run"));
                }

                break;
            case "min_packer_version":
                left.Add(new ImportNote(
                    option.Place,
                    option.Path,
                    "Baker's own engine bakes; --engine packer takes Packer as it is installed"));
                break;
            default:
                left.Add(new ImportNote(option.Place, option.Path, "a manifest has nothing like it"));
                break;
        }
    }

    private static (Dictionary<string, string?> Variables, HashSet<string> Sensitive) Variables(
        PackerOption root,
        IReadOnlyDictionary<string, string> given,
        string name)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var variable in Child(root, "variables")?.Options() ?? [])
        {
            variables[variable.Name] = variable.Value.Type == JTokenType.Null ? null : variable.Value.ToString();
        }

        foreach (var (variable, value) in given)
        {
            if (!variables.ContainsKey(variable))
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{name} has no variable {Quoting.Quote(variable)}.",
                    DidYouMean.Suggest(
                        variable,
                        variables.Keys,
                        variables.Count == 0 ? "It has none." : $"It has {string.Join(", ", variables.Keys)}."));
            }

            variables[variable] = value;
        }

        return (variables, (Child(root, "sensitive-variables")?.Items() ?? [])
            .Select(each => each.Value.ToString())
            .ToHashSet(StringComparer.Ordinal));
    }

    private static JObject Parse(string name, string text)
    {
        try
        {
            // Newtonsoft takes comments, trailing commas and more behind the end; Packer does not.
            var strict = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            while (strict.Read())
            {
            }

            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            return JToken.Load(reader) as JObject ?? throw NotOne(name);
        }
        catch (JsonException error)
        {
            throw NoJson(name, text, (error.LineNumber ?? 0) + 1, (error.BytePositionInLine ?? 0) + 1, error);
        }
        catch (JsonReaderException error)
        {
            throw NoJson(name, text, Math.Max(error.LineNumber, 1), Math.Max(error.LinePosition, 1), error);
        }
    }

    private static BakerException NoJson(string name, string text, long line, long column, Exception error)
    {
        var isNothing = string.IsNullOrWhiteSpace(text);
        return new BakerException(
            ExitCode.BadInput,
            isNothing ? $"{name} is empty; nothing was written." : $"{name}:{line}:{column}: this is no JSON; nothing was written.",
            isNothing ? "Name a Packer JSON template."
                : "JSON has no comments and no trailing commas. A template in HCL2 is not read: packer inspect shows its values.",
            error);
    }

    private static BakerException NotOne(string name) => new(
        ExitCode.BadInput,
        $"{name} is no Packer JSON template: it has no \"builders\".",
        "A template in HCL2, also one that is written as JSON, is not read: packer inspect shows its values.");

    private static IEnumerable<PackerOption> Options(PackerOption root) =>
        root.Options().Select(option => option with { Path = option.Path.TrimStart('.') });

    private static PackerOption? Child(PackerOption root, string name) => Options(root).FirstOrDefault(option => option.Name == name);

    private static string? Text(PackerOption option, string name) => (option.Value as JObject)?[name]?.ToString();

    private static string FileName(string name) => Path.GetFileNameWithoutExtension(name) is var file && file is "packer" or "template"
        ? "web"
        : file;

    private static GroupName NameOf(string name, List<ImportDraft> before)
    {
        var wanted = ImportedName.Of(name).ToString();
        for (var number = 1; ; number++)
        {
            var text = number == 1 ? wanted : $"{wanted[..Math.Min(wanted.Length, 58)]}-{number}";
            if (!before.Exists(draft => string.Equals(draft.Group, text, StringComparison.OrdinalIgnoreCase)))
            {
                return GroupName.Parse(text);
            }
        }
    }
}
