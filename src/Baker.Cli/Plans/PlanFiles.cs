using System.Collections.Immutable;
using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Staleness;

namespace Baker.Cli.Plans;

/// <summary>
/// The files that are compiled from the manifest: roles, Chef environments, and, where the project keeps any, templates for HashiCorp
/// Packer. Looked at as their <c>--check</c> does, and written as their commands do.
/// </summary>
internal sealed class PlanFiles(Session session, NodeProject project, IReadOnlyList<string> asked, IReadOnlyList<NodeGroup> groups)
{
    public ImmutableArray<StaleItem> Look()
    {
        var items = ImmutableArray.CreateBuilder<StaleItem>();
        items.AddRange(Items(StaleKind.Role, Roles().Run(CompileMode.Look)));
        if (Environments() is { } environments)
        {
            items.AddRange(Items(StaleKind.Role, environments.Report));
        }

        if (Templates() is { } templates)
        {
            items.AddRange(Items(StaleKind.Template, templates.Run(CompileMode.Look)));
        }

        return items.ToImmutable();
    }

    public void Write()
    {
        Roles().Run(CompileMode.Update);
        Environments()?.Write();
        Templates()?.Run(CompileMode.Update);
    }

    /// <summary>Whether the manifest says enough of a group to make an image of it.</summary>
    public static bool IsBaked(NodeGroup group) => group.Variants.All(each => each.Source is not null && !each.InstanceTypes.IsEmpty);

    private Compiler Roles()
    {
        var shared = project.In(null); // roles are the same in every environment
        return new(session, shared, new RoleKind(project.Settings), Entries(shared, _ => true));
    }

    private EnvironmentFiles? Environments() => asked.Count == 0 ? EnvironmentFiles.Of(project) : null;

    private Compiler? Templates()
    {
        var kind = new PackerKind(project, PackerFormat.Json);
        var folder = Path.Combine(project.Folder, kind.Folder);
        var keepsAny = Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*" + kind.Files.Extension).Any();
        var baked = groups.Where(IsBaked).Select(group => group.Name).ToHashSet();
        return keepsAny ? new Compiler(session, project, kind, Entries(project, baked.Contains)) : null;
    }

    // The very list of the manifest where all are meant: what an earlier compile left goes for that.
    private IReadOnlyList<GroupEntry> Entries(NodeProject of, Func<GroupName, bool> has)
    {
        var named = GroupNames.Resolve(of.Manifest, asked);
        return named.All(entry => has(entry.Name)) ? named : [.. named.Where(entry => has(entry.Name))];
    }

    private static IEnumerable<StaleItem> Items(StaleKind kind, CompileReport report) =>
        report.Created.Select(path => Item(kind, path, "is missing"))
            .Concat(report.Changed.Select(path => Item(kind, path, "differs from what the manifest says")));

    private static StaleItem Item(StaleKind kind, string path, string why) => new(kind, $"write {path}", path, $"write {path}", why);
}
