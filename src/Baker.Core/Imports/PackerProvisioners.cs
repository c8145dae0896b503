using System.Text;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Imports;

/// <summary>Packer's provisioners, as far as a group's <c>provision</c>, run list and settings can carry them.</summary>
internal sealed class PackerProvisioners(ImportDraft draft, PackerValues values, JObject settings)
{
    private const string NoPlace = "a manifest has nothing like it";

    /// <summary>What makes no difference here: scripts run as root, from a folder of Baker's own that is removed.</summary>
    private static readonly HashSet<string> s_ways = new(StringComparer.Ordinal)
    {
        "remote_folder", "remote_path", "remote_file", "skip_clean", "execute_command", "binary", "use_env_var_file", "start_retry_timeout",
    };

    private static readonly Dictionary<string, string> s_kinds = new(StringComparer.Ordinal)
    {
        ["file"] = "a manifest sends no single files: have a script write it, or keep it in a repository that \"code\" names",
        ["ansible"] = "Baker runs no Ansible: run it in a script (ansible-pull), or over instance:inventory on live nodes",
        ["ansible-local"] = "Baker runs no Ansible: run ansible-playbook in a script, from a repository that \"code\" names",
        ["shell-local"] = "Baker runs nothing on your machine: run it before package packer:run",
        ["chef-client"] = "Baker asks no Chef server; its run list runs with chef-solo",
        ["breakpoint"] = "packer:run --on-error keep leaves a failed bake's instance",
        ["sleep"] = "write it in a script",
        ["powershell"] = "Baker has no Windows",
        ["windows-shell"] = "Baker has no Windows",
        ["windows-restart"] = "Baker has no Windows",
    };

    private static readonly HashSet<string> s_everywhere =
        new(StringComparer.Ordinal) { "type", "only", "except", "override", "name" };

    private int _scripts;
    private bool _hasChef;

    public void Read(PackerOption provisioner)
    {
        var fields = provisioner.Options().ToList();
        var type = fields.Find(field => field.Name == "type")?.Value.ToString() ?? "";
        if (!IsOfBuild(provisioner))
        {
            return;
        }

        // What is said for one builder stands in for what is said for all.
        var own = fields.Find(field => field.Name == "override")?.Options()
            .FirstOrDefault(each => each.Name == values.Build)?.Options().ToList() ?? [];
        var options = fields
            .Where(field => !s_everywhere.Contains(field.Name) && !own.Exists(each => each.Name == field.Name))
            .Concat(own)
            .ToList();
        switch (type)
        {
            case "shell":
                if (_hasChef)
                {
                    draft.Leave(
                        provisioner.Place,
                        $"{provisioner.Path} (its place after Chef)",
                        "a group's scripts run before its run list: what needs Chef's work goes into a recipe");
                }

                Shell(options);
                break;
            case "chef-solo":
                if (_hasChef)
                {
                    draft.Leave(
                        provisioner.Place,
                        $"{provisioner.Path} (a run of its own)",
                        "a group has one Chef run: the run lists follow each other in it, with the attributes of both");
                }

                ChefSolo(options);
                _hasChef = true;
                break;
            default:
                draft.Leave(
                    provisioner.Place,
                    $"{provisioner.Path} ({type})",
                    s_kinds.GetValueOrDefault(type, "Baker has no such provisioner"));
                if (type == "chef-client")
                {
                    ChefSolo(options.FindAll(option => option.Name == "run_list"));
                }

                break;
        }
    }

    /// <summary>Whether its <c>only</c> and <c>except</c> leave it to this build.</summary>
    public bool IsOfBuild(PackerOption provisioner)
    {
        bool? Names(string name) => provisioner.Options().FirstOrDefault(field => field.Name == name)?.Value is JArray list
            ? list.Any(each => each.ToString() == values.Build)
            : null;
        return Names("only") != false && Names("except") != true;
    }

    private void Shell(List<PackerOption> options)
    {
        var exports = new List<string>();
        var hasInline = options.Exists(option => option.Name == "inline" && values.Resolve(option.Value).Value is not null);
        foreach (var variables in options.Where(option => option.Name is "environment_vars" or "env"))
        {
            foreach (var (variable, name, value) in Variables(variables))
            {
                if (!hasInline)
                {
                    draft.Leave(
                        variable.Place,
                        $"{variable.Path} ({name})",
                        $"a manifest gives scripts no variables: write export {name}=… in the script");
                }
                else if (value is not null)
                {
                    exports.Add($"export {name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'");
                }
            }
        }

        var shebang = options.Find(option => option.Name == "inline_shebang")?.Value.ToString() ?? "/bin/sh -e";
        foreach (var option in options)
        {
            switch (option.Name)
            {
                case "inline":
                    Inline(option, shebang, exports);
                    break;
                case "script" or "scripts":
                    foreach (var script in option.Name == "script" ? [option] : option.Items())
                    {
                        Script(script);
                    }

                    break;
                case "environment_vars" or "env" or "inline_shebang":
                    break;
                case var name when s_ways.Contains(name):
                    draft.Leave(option.Place, option.Path, "not needed: Baker runs scripts as root, and removes what it sent");
                    break;
                case "expect_disconnect":
                    draft.Leave(option.Place, option.Path, "a script that restarts its instance ends with exit code 194");
                    break;
                default:
                    draft.Leave(option.Place, option.Path, NoPlace);
                    break;
            }
        }
    }

    private IEnumerable<(PackerOption Option, string Name, string? Value)> Variables(PackerOption variables)
    {
        var pairs = variables.Value is JObject ? variables.Options() : variables.Items();
        foreach (var pair in pairs)
        {
            var (value, why) = values.Resolve(pair.Value);
            var text = value?.ToString();
            var raw = variables.Value is JObject ? pair.Name : pair.Value.ToString().Split('=')[0];
            if (text is null)
            {
                draft.Leave(pair.Place, $"{pair.Path} ({raw})", why!);
            }
            else
            {
                yield return (pair, raw, variables.Value is JObject ? text : text[(text.IndexOf('=') + 1)..]);
            }
        }
    }

    private void Inline(PackerOption option, string shebang, List<string> exports)
    {
        var (value, why) = values.Resolve(option.Value);
        if (value is null)
        {
            draft.Leave(option.Place, option.Path, why!);
            return;
        }

        var lines = value is JArray list ? list.Select(line => line.ToString()) : [value.ToString()];
        var path = $"scripts/{draft.Group}-{++_scripts}.sh";
        draft.Add(path, Encoding.UTF8.GetBytes(string.Join('\n', [$"#!{shebang}", .. exports, .. lines]) + "\n"));
        draft.Append("provision", [new JValue(path)], option.Place, $"{option.Path} (as {path})");
    }

    private void Script(PackerOption option)
    {
        var (value, why) = values.Resolve(option.Value);
        if (value is null)
        {
            draft.Leave(option.Place, option.Path, why!);
            return;
        }

        draft.Append("provision", [new JValue(Relative(value.ToString()))], option.Place, option.Path);
    }

    private void ChefSolo(List<PackerOption> options)
    {
        foreach (var option in options)
        {
            if (values.Resolve(option.Value) is var (value, why) && value is null)
            {
                draft.Leave(option.Place, option.Path, why!);
                continue;
            }

            switch (option.Name)
            {
                case "run_list":
                    draft.Append("run_list", value is JArray list ? [.. list] : [value!], option.Place, option.Path);
                    break;
                case "json" when value is JObject json:
                    Dna(option, json);
                    break;
                case "encrypted_data_bag_secret_path"
                    when draft.Attributes["data_bag_secret_file"] is { } other && !JToken.DeepEquals(other, value):
                    draft.Leave(option.Place, option.Path, $"a group has one, and an earlier chef-solo says {other}");
                    break;
                case "encrypted_data_bag_secret_path":
                    draft.Carry("data_bag_secret_file", value!, option.Place, option.Path);
                    break;
                case "cookbook_paths":
                    Setting("cookbooks_folder", option, value!);
                    break;
                case "data_bags_path":
                    Setting("data_bags_folder", option, value!);
                    break;
                case "roles_path":
                    draft.Leave(option.Place, option.Path, "Baker writes roles/ from the manifest: write what they hold as groups");
                    break;
                case "environments_path" or "chef_environment":
                    draft.Leave(option.Place, option.Path, "environments are in the manifest: __environments__");
                    break;
                case "install_command" or "skip_install" or "version":
                    draft.Leave(option.Place, option.Path, "Baker installs no Chef: the source image has it, or a script before brings it");
                    break;
                default:
                    draft.Leave(option.Place, option.Path, NoPlace);
                    break;
            }
        }
    }

    // Attributes of several runs are those of one, as far as they agree.
    private void Dna(PackerOption option, JObject json)
    {
        var dna = (JObject?)draft.Attributes["dna"]?.DeepClone() ?? [];
        foreach (var attribute in json.Properties().Where(each => each.Name is not ("id" or "run_list")))
        {
            if (dna[attribute.Name] is { } other && !JToken.DeepEquals(other, attribute.Value))
            {
                draft.Leave(
                    option.Place,
                    $"{option.Path}.{attribute.Name}",
                    "an earlier chef-solo gives this attribute another value, and a group has one Chef run");
            }
            else
            {
                dna[attribute.Name] = attribute.Value.DeepClone();
            }
        }

        draft.Carry("dna", dna, option.Place, option.Path);
    }

    // Those of several provisioners, and of every builder, are the project's.
    private void Setting(string name, PackerOption option, JToken value)
    {
        var named = value is JArray list ? list.Select(each => each.ToString()) : [value.ToString()];
        var before = settings[name] is JArray several ? several.Select(each => each.ToString())
            : settings[name] is { } one ? [one.ToString()]
            : [];
        var folders = before.Concat(named.Select(Relative)).Distinct(StringComparer.Ordinal).ToList();
        if (folders.Exists(folder => !Manifest.Shapes.IsProjectPath(folder)))
        {
            draft.Leave(option.Place, option.Path, "it is outside of the project's folder; move it in");
            return;
        }

        settings[name] = folders.Count == 1 ? folders[0] : new JArray(folders);
        draft.Note(option.Place, option.Path, $"__settings__: {name}");
    }

    private static string Relative(string path)
    {
        while (path.StartsWith("./", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        return path.TrimEnd('/');
    }
}
