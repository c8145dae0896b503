using System.Collections.Immutable;
using Baker.Cli.Projects;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Baking;

/// <summary>Reads from the project's folder what goes into an image: scripts, and the roles that the run list leads to.</summary>
internal sealed class BakeInputs(NodeProject project)
{
    public BakeInput Of(NodeGroup group) => new(
        group,
        [.. group.Provision.Select(script =>
            new PayloadFile(script.Replace('\\', '/'), ShellText.WithUnixLines(Read(group, script, "provision"))))],
        Roles(group))
    {
        Checks =
        [
            .. group.VerifyHttp is { } http ? [Verification.Script(http)] : (ImmutableArray<PayloadFile>)[],
            .. group.Verify.Select(script =>
                new PayloadFile(script.Replace('\\', '/'), ShellText.WithUnixLines(Read(group, script, "verify")))),
        ],
    };

    /// <summary>The group's own role as its manifest stands now, and those that run lists name by <c>role[…]</c>.</summary>
    private ImmutableArray<PayloadFile> Roles(NodeGroup group)
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
            if (!item.StartsWith("role[", StringComparison.Ordinal) || !item.EndsWith(']') || !seen.Add(item[5..^1]))
            {
                continue;
            }

            var name = item[5..^1];
            var content = Find(group, name);
            roles.Add(Role(name, content));
            foreach (var inner in Newtonsoft.Json.Linq.JObject.Parse(
                System.Text.Encoding.UTF8.GetString(content.Span))["run_list"]?.Values<string>() ?? [])
            {
                open.Enqueue(inner ?? "");
            }
        }

        return roles.ToImmutable();
    }

    private ReadOnlyMemory<byte> Find(NodeGroup group, string role)
    {
        if (role.StartsWith(RoleName.Prefix, StringComparison.Ordinal)
            && project.Manifest.Groups.FirstOrDefault(entry => RoleName.Of(entry.Name) == role) is { } known)
        {
            return Compiled(known.Name);
        }

        return Read(group, Path.Combine(project.Settings.RolesFolder, $"{role}.json"), $"role[{role}] of the run list");
    }

    private ReadOnlyMemory<byte> Compiled(GroupName group)
    {
        var output = new ArtifactBuffer();
        var entry = project.Manifest.Groups.First(entry => entry.Name == group);
        RoleText.Write(GroupReader.ReadOne(project.Manifest, entry, new DiagnosticBag(project.Manifest.Source))!, output);
        return output.Written.ToArray();
    }

    private static PayloadFile Role(string name, ReadOnlyMemory<byte> content) => new($"roles/{name}.json", content);

    private ReadOnlyMemory<byte> Read(NodeGroup group, string path, string attribute)
    {
        try
        {
            return ProjectFile.Read(Path.Combine(project.Folder, path));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{group.Name} names {path} ({attribute}), and there is no such file in {project.Folder}.",
                "Write the file, or correct the name.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{path} of {group.Name} ({attribute}) cannot be read: {error.Message}",
                "Give yourself read permission.",
                error);
        }
    }
}
