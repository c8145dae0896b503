using System.Text;
using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>autoscale:create</c>: the DNA file of each fleet, and the role that it names.</summary>
internal static class AutoscaleCreateCommand
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("autoscale:create", command =>
    {
        command.Description = "Write dna/asg/<group>.json, and the role it needs.";
        var groups = command.Argument("group", "The groups; all that have a fleet where none is named.", multipleValues: true);
        var manifest = ManifestOptions.On(command);
        var dryRun = command.Option(
            "--dry-run",
            "Write nothing, say what would be written; exit 2 if anything.",
            CommandOptionType.NoValue);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() =>
        {
            var files = new List<(string State, string Path)>();
            var code = Run(session, manifest.Load(session), [.. groups.Values.OfType<string>()], dryRun.HasValue(), files);
            Print(session.Terminal.Out, files, dryRun.HasValue(), json.HasValue());
            return (int)code;
        });
    });

    /// <summary>Without an environment the files of all are written.</summary>
    private static ExitCode Run(
        Session session,
        NodeProject project,
        IReadOnlyList<string> asked,
        bool dryRun,
        List<(string State, string Path)> files)
    {
        var all = project.Manifest.Environments;
        if (project.Environment is not null || all.Count == 0 || project.Manifest.HasErrors)
        {
            return RunIn(session, project, asked, dryRun, files);
        }

        var named = GroupNames.Resolve(project.Manifest, asked);
        return all
            .Select(environment => (Environment: environment, Groups: named.Where(group => environment.Has(group.Name)).ToList()))
            .Where(each => each.Groups.Count > 0)
            .Select(each => RunIn(
                session,
                project.In(each.Environment),
                asked.Count == 0 ? [] : each.Groups.ConvertAll(group => group.Name.ToString()),
                dryRun,
                files))
            .ToList()
            .DefaultIfEmpty(ExitCode.Done)
            .Max();
    }

    private static ExitCode RunIn(
        Session session,
        NodeProject project,
        IReadOnlyList<string> asked,
        bool dryRun,
        List<(string State, string Path)> files)
    {
        var groups = project.Groups(asked);
        if (asked.Count > 0 && groups.FirstOrDefault(group => group.Autoscale is null) is { } without)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The group {without.Name} has no fleet: its \"autoscale\" is false.",
                "Give it an object, such as \"autoscale\": {\"node_min\": 1, \"node_max\": 2}.");
        }

        var fleets = groups.Where(group => group.Autoscale is not null).ToList();
        var names = fleets.ConvertAll(group => group.Name);
        var stale = 0;
        foreach (var group in fleets)
        {
            var name = group.Name;
            var shown = $"{project.InEnvironment(project.Settings.DnaFolder)}/asg/{name}.json";
            var path = Path.Combine(project.Folder, shown);
            var text = DnaText.OfFleet(group);
            var state = !File.Exists(path) ? "created" : File.ReadAllText(path) == text ? "unchanged" : "changed";
            if (state != "unchanged")
            {
                stale++;
                if (!dryRun)
                {
                    AtomicFile.CreateFolder(Path.GetDirectoryName(path)!, shown);
                    AtomicFile.Write(path, Encoding.UTF8.GetBytes(text), shown);
                }
            }

            files.Add((state, shown));
        }

        var lacksRoles = names.Count > 0
            && CompileCommand.FillRoles(session, project, GroupNames.Resolve(project.Manifest, [.. names]), dryRun);
        return dryRun && (stale > 0 || lacksRoles) ? ExitCode.Changes : ExitCode.Done;
    }

    private static void Print(TextWriter output, List<(string State, string Path)> files, bool dryRun, bool json)
    {
        if (json)
        {
            string[] Those(string state) => [.. files.Where(file => file.State == state).Select(file => file.Path)];
            new CompileReport(Those("created"), Those("changed"), Those("unchanged").Length, []).Print(output, written: !dryRun, json);
            return;
        }

        foreach (var (state, path) in files)
        {
            output.WriteLine((state, dryRun) switch
            {
                ("created", true) => $"would create {path}",
                ("changed", true) => $"would change {path}",
                _ => $"{state} {path}",
            });
        }
    }
}
