using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>What the commands that compile artefacts have in common: groups, --check, --dry-run, and the report.</summary>
internal static class CompileCommand
{
    public static void Configure(
        CommandLineApplication command,
        Session session,
        Func<NodeProject, IArtifactKind> kind,
        Func<CompileMode> mode,
        Func<ArtifactFiles> files,
        bool needsRoles = false,
        bool withEnvironments = false,
        Action<NodeProject, IReadOnlyList<string>, TextWriter>? afterwards = null)
    {
        var groups = command.Argument("group", "The groups to compile (default: all).", multipleValues: true);
        var check = command.Option("--check", "Write nothing; exit 2 when something is stale.", CommandOptionType.NoValue);
        var dryRun = command.Option("--dry-run", "The same: write nothing, say what would be written.", CommandOptionType.NoValue);
        var manifest = ManifestOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() =>
        {
            var look = check.HasValue() || dryRun.HasValue();
            var folder = groups.Values.Count == 0 ? manifest.FolderOf(session) : null;
            var last = folder is null ? null : LastCompile.LookUp(folder, files());
            var lastRoles = folder is null || !needsRoles ? null : LastCompile.LookUp(folder, RoleKind.RoleFiles);
            var project = manifest.Load(session);
            project = withEnvironments ? project.In(null) : project; // roles are the same in every environment
            var asked = groups.Values.OfType<string>().ToList();
            var code = Run(
                session,
                project,
                kind(project),
                asked,
                last,
                look ? CompileMode.Look : mode(),
                needsRoles,
                lastRoles,
                withEnvironments,
                json.HasValue());
            if (!look)
            {
                afterwards?.Invoke(project, asked, json.HasValue() ? session.Terminal.Error : session.Terminal.Out);
            }

            return (int)code;
        });
    }

    /// <summary>Writes the roles that the groups lack, for what refers to them, or only looks; says so on standard error.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool FillRoles(
        Session session,
        NodeProject project,
        IReadOnlyList<GroupEntry> groups,
        bool look,
        LastCompile? last = null)
    {
        var report = new Compiler(session, project.In(null), new RoleKind(project.Settings), groups, last).Run(look
            ? CompileMode.Look
            : CompileMode.Fill);
        foreach (var path in report.Created)
        {
            session.Terminal.Error.WriteLine($"{(look ? "would create" : "created")} {path}");
        }

        if (report.Changed.Count > 0)
        {
            session.Terminal.Error.WriteLine($"{string.Join(", ", report.Changed)}: stale; package role:update rewrites what changed.");
        }

        return report.Created.Count > 0;
    }

    private static ExitCode Run(
        Session session,
        NodeProject project,
        IArtifactKind kind,
        List<string> asked,
        LastCompile? last,
        CompileMode mode,
        bool needsRoles,
        LastCompile? lastRoles,
        bool withEnvironments,
        bool json)
    {
        // Wrong groups in the manifest are reported before a wrong group on the command line.
        if (project.Manifest.Diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error))
        {
            project.CheckAll();
        }

        var groups = GroupNames.Resolve(project.Manifest, asked);
        var environments = withEnvironments && asked.Count == 0 ? EnvironmentFiles.Of(project) : null;
        if (mode == CompileMode.Create && environments is { Report.Changed.Count: > 0 })
        {
            project.CheckAll();
            throw environments.Report.Refusal();
        }

        var report = new Compiler(session, project, kind, groups, last).Run(mode);
        if (environments is not null)
        {
            if (mode != CompileMode.Look)
            {
                environments.Write();
            }

            report = report.With(environments.Report);
        }

        var look = mode == CompileMode.Look;
        var lacksRoles = needsRoles && FillRoles(session, project, groups, look, lastRoles);
        report.Print(session.Terminal.Out, written: !look, json);
        return look && (report.IsStale || lacksRoles) ? ExitCode.Changes : ExitCode.Done;
    }
}
