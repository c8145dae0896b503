using System.Collections.Immutable;
using System.Text;
using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Baking;

/// <summary>
/// Reads from the project's folder what goes into an image: scripts, and the roles, cookbooks and data bags that the run list leads
/// to.
/// </summary>
internal sealed class BakeInputs(NodeProject project, CodeOverride? instead = null)
{
    private readonly GitRepositories _repositories = new(project, instead ?? CodeOverride.None);
    private readonly ProjectCookbooks _cookbooks = new(project);

    /// <summary>Asks the repositories of several groups for their commits, side by side.</summary>
    public void Begin(IReadOnlyList<NodeGroup> groups) => _repositories.Begin(groups);

    public IReadOnlyList<BakeInput> Of(IReadOnlyList<NodeGroup> groups)
    {
        Begin(groups);
        return [.. groups.Select(Of)];
    }

    public BakeInput Of(NodeGroup group)
    {
        var recipes = new List<string>();
        var roles = Roles(group, recipes);
        var (cookbooks, dataBags) = _cookbooks.Of(recipes);
        return new(
            group,
            [.. group.Provision.Select(call => Script(group, call, "provision"))],
            roles)
        {
            Code = [.. group.Code.Select(source => _repositories.TreeOf(group.Name, source))],
            Cookbooks = cookbooks,
            DataBags = dataBags,
            Checks =
            [
                .. group.VerifyHttp is { } http ? [Verification.Script(http)] : (ImmutableArray<PayloadFile>)[],
                .. group.Verify.Select(call => Script(group, call, "verify")),
            ],
            DataBagSecret = group.DataBagSecretFile is null || group.RunList.IsEmpty ? default : Secret(group, group.DataBagSecretFile),
        };
    }

    /// <summary>A task of the group, as what is run on nodes.</summary>
    public PayloadFile TaskOf(NodeGroup group, ScriptCall call) => Script(group, call, "tasks");

    private PayloadFile Script(NodeGroup group, ScriptCall call, string attribute)
    {
        var content = ShellText.WithoutMark(Read(group, call.Path, attribute));
        var unix = ShellText.WithUnixLines(content);
        return group.RefusesWindowsLines && unix.Length != content.Length
            ? throw project.Mistake(
                group.Name,
                attribute,
                $"{call.Path} of {group.Name} has the line endings of Windows, and line_endings says refuse.",
                "Save it with those of Unix (\\n), or write \"line_endings\": \"convert\".")
            : new PayloadFile(call.Path.Replace('\\', '/'), unix) { Call = call.Arguments.IsEmpty && call.Folder is null ? null : call };
    }

    private ReadOnlyMemory<byte> Secret(NodeGroup group, string file)
    {
        if (group.Communicator == CommunicatorKind.Ssm && project.Settings.Bucket is null)
        {
            throw project.Mistake(
                group.Name,
                "data_bag_secret_file",
                $"The data bag secret of {group.Name} needs a bucket: SSM keeps what its commands say for 30 days.",
                "Name an S3 bucket, \"__settings__\": {\"bucket\": \"my-bucket\"}, or reach the group by \"communicator\": \"ssh\".");
        }

        var secret = Read(group, file, "data_bag_secret_file");
        return secret.IsEmpty
            ? throw project.Mistake(group.Name, "data_bag_secret_file", $"{file} is empty.", "Write the secret into it.")
            : secret;
    }

    /// <summary>The group's own role as its manifest stands now, and those that run lists name by <c>role[…]</c>.</summary>
    /// <param name="recipes">Takes all other items.</param>
    private ImmutableArray<PayloadFile> Roles(NodeGroup group, List<string> recipes)
    {
        if (group.RunList.Length == 0)
        {
            return [];
        }

        var roles = ImmutableArray.CreateBuilder<PayloadFile>();
        var own = RoleName.Of(group.Name);
        roles.Add(Role(own, Compiled(group.Name)));
        var seen = new HashSet<string>(StringComparer.Ordinal) { own };
        var open = new Queue<string>(group.RunList);
        while (open.TryDequeue(out var item))
        {
            if (!item.StartsWith("role[", StringComparison.Ordinal) || !item.EndsWith(']'))
            {
                recipes.Add(item);
                continue;
            }

            if (!seen.Add(item[5..^1]))
            {
                continue;
            }

            var name = item[5..^1];
            var content = Find(group, name);
            roles.Add(Role(name, content));
            foreach (var inner in RunListOf(group, name, content))
            {
                open.Enqueue(inner);
            }
        }

        if (project.Environment is { } environment)
        {
            roles.Add(new($"environments/{environment.Name.ChefName}.json", Encoding.UTF8.GetBytes(EnvironmentText.Of(environment))));
        }

        return roles.ToImmutable();
    }

    private IEnumerable<string> RunListOf(NodeGroup group, string role, ReadOnlyMemory<byte> content)
    {
        string wrong;
        try
        {
            var list = JObject.Parse(Encoding.UTF8.GetString(content.Span))["run_list"] ?? new JArray();
            if (list is JArray && list.All(item => item.Type == JTokenType.String && Shapes.IsRunListItem((string)item!)))
            {
                return list.Values<string>().OfType<string>();
            }

            wrong = "its run_list is no list of items such as recipe[nginx] or role[web]";
        }
        catch (JsonException error)
        {
            wrong = $"it is no JSON object: {error.Message}";
        }

        throw project.Mistake(
            group.Name,
            "run_list",
            $"{project.Settings.RolesFolder}/{role}.json, of the run list of {group.Name}, cannot be followed; {wrong}",
            "Correct it.");
    }

    private ReadOnlyMemory<byte> Find(NodeGroup group, string role)
    {
        if (role.StartsWith(RoleName.Prefix, StringComparison.Ordinal)
            && project.Manifest.AllGroups.FirstOrDefault(entry => RoleName.Of(entry.Name) == role) is { } known)
        {
            return Compiled(known.Name);
        }

        return Read(group, Path.Combine(project.Settings.RolesFolder, $"{role}.json"), $"role[{role}] of the run list");
    }

    private ReadOnlyMemory<byte> Compiled(GroupName group)
    {
        var output = new ArtifactBuffer();
        var entry = project.Manifest.AllGroups.First(entry => entry.Name == group);
        RoleText.Write(GroupReader.ReadOne(project.Manifest, entry, new DiagnosticBag(project.Manifest.Source))!, output);
        return output.Written.ToArray();
    }

    private static PayloadFile Role(string name, ReadOnlyMemory<byte> content) => new($"roles/{name}.json", content);

    private static string Attribute(string words) => words.EndsWith("of the run list", StringComparison.Ordinal) ? "run_list" : words;

    private ReadOnlyMemory<byte> Read(NodeGroup group, string path, string attribute)
    {
        try
        {
            return project.Read(Path.Combine(project.Folder, path));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw project.Mistake(
                group.Name,
                Attribute(attribute),
                $"{group.Name} names {path} ({attribute}), and there is no such file in {project.Folder}.",
                "Write the file, or correct the name.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var isFolder = Directory.Exists(Path.Combine(project.Folder, path));
            throw project.Mistake(
                group.Name,
                Attribute(attribute),
                isFolder ? $"{group.Name} names {path} ({attribute}), which is a folder."
                    : $"{path} of {group.Name} ({attribute}) cannot be read: {error.Message}",
                isFolder ? "Name a file." : "Give yourself read permission.",
                error);
        }
    }
}
