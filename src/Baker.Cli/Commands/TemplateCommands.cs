using System.Text;
using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Artifacts;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>template:export</c>: Baker's own Packer templates as files, to be edited.</summary>
internal static class TemplateCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("template:export", command =>
    {
        command.Description = "Write Baker's own Packer templates to templates/, to be edited.";
        command.ExtendedHelpText = "\nA file of the same name is left as it is, and an error where it differs, unless --force is given.\n";
        var format = command.Option(
            "--format",
            "Only the template for json or for hcl2 (default: both).",
            CommandOptionType.SingleValue).Taking(PackerFormat.All.Select(each => each.Name));
        var force = command.Option("--force", "Write over a template that differs.", CommandOptionType.NoValue);
        var dryRun = command.Option(
            "--dry-run",
            "Write nothing, say what would be written; exit 2 if anything.",
            CommandOptionType.NoValue);
        var manifest = ManifestOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() =>
        {
            var formats = format.HasValue() ? [PackerTemplateCommands.FormatOf(format.Value())] : PackerFormat.All;
            return (int)Run(session, manifest.Load(session), formats, force.HasValue(), dryRun.HasValue(), json.HasValue());
        });
    });

    private static ExitCode Run(
        Session session,
        NodeProject project,
        IReadOnlyList<PackerFormat> formats,
        bool force,
        bool dryRun,
        bool json)
    {
        var folder = project.Settings.TemplatesFolder;
        var files = formats.Select(format => (Name: $"{folder}/{format.DefaultTemplate}", Text: DefaultTemplates.Of(format))).ToList();
        var outcomes = files.ConvertAll(file => Compare(Path.Combine(project.Folder, file.Name), file.Text));
        if (!force && outcomes.IndexOf(Outcome.Changed) is >= 0 and var edited)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{files[edited].Name} exists and differs from Baker's own; nothing was written.",
                "Write over it with --force; what you changed in it is lost then.");
        }

        foreach (var (file, outcome) in files.Zip(outcomes))
        {
            if (outcome != Outcome.Unchanged && !dryRun)
            {
                AtomicFile.CreateFolder(Path.Combine(project.Folder, folder), folder);
                AtomicFile.Write(Path.Combine(project.Folder, file.Name), Encoding.UTF8.GetBytes(file.Text), file.Name);
            }
        }

        var report = new CompileReport(
            [.. files.Zip(outcomes).Where(pair => pair.Second == Outcome.Created).Select(pair => pair.First.Name)],
            [.. files.Zip(outcomes).Where(pair => pair.Second == Outcome.Changed).Select(pair => pair.First.Name)],
            outcomes.Count(outcome => outcome == Outcome.Unchanged),
            []);
        report.Print(session.Terminal.Out, written: !dryRun, json);
        return dryRun && report.IsStale ? ExitCode.Changes : ExitCode.Done;
    }

    private static Outcome Compare(string path, string text) =>
        !File.Exists(path) ? Outcome.Created : File.ReadAllText(path) == text ? Outcome.Unchanged : Outcome.Changed;
}
