using System.Text;
using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Imports;
using Baker.Core;
using Baker.Core.Imports;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;
using BakeRequirements = Baker.Core.Artifacts.BakeRequirements;

namespace Baker.Cli.Beginning;

/// <summary><c>package init</c>: a folder becomes a project whose manifest bakes at once.</summary>
internal sealed class InitCommand(Session session, bool isJson)
{
    private const string UsualGroup = "web";
    private const string UsualRegion = "us-east-1";

    /// <summary>A project to begin with.</summary>
    public ExitCode Start(string? name, string? region)
    {
        var group = Name(name ?? Ask("The name of the first group", UsualGroup));
        var place = Region(region ?? Ask("The AWS region", RegionOfEnvironment()));
        Report(Write(Starter.Files(group, place)), group, null);
        SayNext(group, "bakes its image on the local cloud, and tests it");
        return ExitCode.Done;
    }

    /// <summary>A project of a Packer JSON template.</summary>
    /// <param name="variables">As <c>NAME=VALUE</c>.</param>
    public ExitCode FromPacker(string path, string? name, IEnumerable<string> variables)
    {
        if (path.EndsWith(".hcl", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".pkr.json", StringComparison.OrdinalIgnoreCase))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{path} is a template in HCL2, which is not read; nothing was written.",
                $"packer inspect {path} shows its values: write them into a manifest (package init), or as a JSON template.");
        }

        var folder = Path.GetRelativePath(
            session.WorkingFolder,
            Path.GetDirectoryName(Path.GetFullPath(path, session.WorkingFolder))!).Replace('\\', '/');
        return Take(PackerTemplate.Read(path, Text(path), folder, Variables(variables), name is null ? null : Name(name)));
    }

    /// <summary>A project of an Auto Scaling group or a launch template that is live.</summary>
    public async Task<ExitCode> FromLiveAsync(bool isTemplate, string what, string? name, string? region)
    {
        var group = name is null ? (GroupName?)null : Name(name);
        var cloud = CloudChoice.OpenAws(session);
        await using var closing = cloud.ConfigureAwait(false);
        var import = new LiveImport(cloud.Region(Region(region ?? RegionOfEnvironment())), session.Stop);
        return Take(await (isTemplate
            ? import.LaunchTemplateAsync(what, group)
            : import.AutoScalingGroupAsync(what, group)).ConfigureAwait(false));
    }

    /// <summary>Makes a project of what was read, and says what became of each value.</summary>
    private ExitCode Take(Imported imported)
    {
        var written = Write(
        [
            new(ManifestLoading.DefaultName, imported.ManifestText(NewProject.Schema)),
            .. imported.Files.Select(file => new NewFile(file.Path, file.Content, IsScript: true)),
        ]);
        Report(written, imported.Groups[0].Key, imported);
        var (mistakes, lacks) = Mistakes();
        if (mistakes > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{ManifestLoading.DefaultName} was written, and has {mistakes} mistake{(mistakes == 1 ? "" : "s")} to correct (above).",
                $"Correct {(mistakes == 1 ? "it" : "them")}, then: package packer:run {imported.Groups[0].Key}");
        }

        if (lacks is not null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{ManifestLoading.DefaultName} was written, and cannot be baked yet: {lacks.Message}",
                lacks.Remedy!);
        }

        SayNext(imported.Groups[0].Key, "bakes its image on the local cloud; with --cloud aws on AWS");
        return ExitCode.Done;
    }

    private void Tell(Imported imported)
    {
        var output = session.Terminal.Out;
        output.WriteLine("Carried over:");
        var rows = imported.Carried.Select(note => new[] { $"  {Shown(note.Place)}", Shown(note.Name), Shown(note.Text) });
        output.WriteLine(TextTable.Of(["", "", ""], rows).TrimStart('\n'));
        output.WriteLine(imported.Left.IsEmpty ? "\nNothing was left out." : "\nNOT carried over:");
        foreach (var note in imported.Left)
        {
            output.WriteLine($"  {Shown(note.Place)}  {Shown(note.Name)}\n      {Shown(note.Text)}");
        }

        foreach (var missing in Missing(imported))
        {
            output.WriteLine($"  {Shown(missing)} is not in this folder: put it there, or take it out of provision");
        }

        output.WriteLine();
    }

    private static string Shown(string text) => text.Any(char.IsControl) ? Quoting.Quote(text) : text;

    private void Print(IReadOnlyList<NewFile> written, string group, Imported? imported) => session.Terminal.Out.WriteLine(new JObject
    {
        ["group"] = group,
        ["created"] = new JArray(written.Select(file => file.Path)),
        ["carried_over"] = Json(imported?.Carried ?? []),
        ["not_carried_over"] = Json(imported?.Left ?? []),
        ["missing"] = new JArray(imported is null ? [] : Missing(imported)),
    }.Indented());

    private static JArray Json(IEnumerable<ImportNote> notes) => new(notes.Select(note => new JObject
    {
        ["place"] = note.Place,
        ["name"] = note.Name,
        ["text"] = note.Text,
    }));

    private IReadOnlyList<NewFile> Write(IReadOnlyList<NewFile> files) =>
        NewProject.Write(session.WorkingFolder, [.. files, .. NewProject.Around(session.WorkingFolder)]);

    private IEnumerable<string> Missing(Imported imported) => imported.Groups
        .SelectMany(group => group.Value["provision"]?.Select(each => each.ToString()) ?? [])
        .Distinct()
        .Where(script => !File.Exists(Path.Combine(session.WorkingFolder, script)));

    /// <summary>
    /// What is wrong with the manifest as a whole, such as values that exclude each other, which is printed; and the first thing that a
    /// group needs to be baked and does not have.
    /// </summary>
    private (int Count, BakerException? Lacks) Mistakes()
    {
        var text = File.ReadAllBytes(Path.Combine(session.WorkingFolder, ManifestLoading.DefaultName));
        var manifest = ManifestReader.Read(new SourceText(ManifestLoading.DefaultName, text));
        var groups = new DiagnosticBag(manifest.Source);
        var reader = new GroupReader(manifest);
        BakerException? lacks = null;
        foreach (var entry in manifest.AllGroups)
        {
            if (reader.Read(entry, groups) is { } group)
            {
                lacks ??= BakeRequirements.Lack(group.Name, group.Source is not null, group.Find("instance_type"u8) is not null);
            }
        }

        var mistakes = manifest.Diagnostics.Concat(groups.All).Where(each => each.Severity == Severity.Error).Distinct().ToList();
        mistakes.ForEach(session.Terminal.Error.WriteLine);
        return (mistakes.Count, lacks);
    }

    private string Text(string path)
    {
        try
        {
            return ProjectFile.ReadText(session, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                error is FileNotFoundException or DirectoryNotFoundException
                    ? $"There is no file {path}."
                    : Directory.Exists(Path.GetFullPath(path, session.WorkingFolder)) ? $"{path} is a folder."
                    : $"{path} cannot be read: {error.Message}",
                "Name a Packer JSON template: package init --from packer.json.",
                error);
        }
    }

    private static Dictionary<string, string> Variables(IEnumerable<string> given)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var each in given)
        {
            var at = each.IndexOf('=', StringComparison.Ordinal);
            variables[at > 0 ? each[..at] : throw new BakerException(
                ExitCode.BadInput,
                $"--var {each} names no variable; nothing was written.",
                "Say --var NAME=VALUE.")] = each[(at + 1)..];
        }

        return variables;
    }

    private void SayNext(string group, string bakes) => SayNext(
        ($"package packer:run {group}", bakes),
        ($"package node:show {group} --explain", "shows the group, and where each value comes from"),
        ($"package autoscale:run {group}", "starts a fleet from the image"));

    private void SayNext(params (string Command, string Does)[] commands)
    {
        if (isJson)
        {
            return;
        }

        var width = commands.Max(each => each.Command.Length);
        session.Terminal.Out.WriteLine("\nNext:");
        foreach (var (command, does) in commands)
        {
            session.Terminal.Out.WriteLine($"  {command.PadRight(width)}  {does}");
        }
    }

    /// <param name="imported">What the project was made of; null where that is nothing.</param>
    private void Report(IReadOnlyList<NewFile> written, string group, Imported? imported)
    {
        if (isJson)
        {
            Print(written, group, imported);
            return;
        }

        if (imported is not null)
        {
            Tell(imported);
        }

        foreach (var file in written)
        {
            session.Terminal.Out.WriteLine($"created {file.Path}");
        }

        if (!written.Any(file => file.Path == ".gitignore"))
        {
            session.Terminal.Out.WriteLine(".gitignore stays as it is; .package/, builds/, dna/ and packer/ belong in it");
        }
    }

    private string RegionOfEnvironment() => new[] { "AWS_REGION", "AWS_DEFAULT_REGION" }
        .Select(name => session.Environment.Value.GetValueOrDefault(name))
        .FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? UsualRegion;

    // Where nobody is there to answer nothing is asked.
    private string Ask(string question, string otherwise) =>
        session.Terminal.Answers is not null && session.Ask($"{question} [{otherwise}]: ")?.Trim() is { Length: > 0 } answer
            ? answer
            : otherwise;

    private static GroupName Name(string text) => GroupName.IsOne(text) ? GroupName.Parse(text) : throw new BakerException(
        ExitCode.BadInput,
        $"{Quoting.Quote(text)} cannot be the name of a group; nothing was written.",
        "A name has letters, digits, '.', '-' and '_', begins with a letter or digit, and is at most 63 long.");

    private static string Region(string text) => Shapes.IsRegion(text) ? text : throw new BakerException(
        ExitCode.BadInput,
        $"{Quoting.Quote(text)} is no AWS region; nothing was written.",
        "For example us-east-1: --region NAME, or AWS_REGION.");
}
