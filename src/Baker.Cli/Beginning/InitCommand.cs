using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cli.Beginning;

/// <summary><c>package init</c>: a folder becomes a project whose manifest bakes at once.</summary>
internal sealed class InitCommand(Session session)
{
    private const string UsualGroup = "web";
    private const string UsualRegion = "us-east-1";

    /// <summary>A project to begin with.</summary>
    public ExitCode Start(string? name, string? region)
    {
        var group = Name(name ?? Ask("The name of the first group", UsualGroup));
        var place = Region(region ?? Ask("The AWS region", RegionOfEnvironment()));
        Report(NewProject.Write(session.WorkingFolder, Starter.Files(group, place)));
        SayNext(
            ($"package packer:run {group}", "bakes its image on the local cloud, and tests it"),
            ($"package node:show {group} --explain", "shows the group, and where each value comes from"),
            ($"package autoscale:run {group}", "starts a fleet from the image"));
        return ExitCode.Done;
    }

    private void SayNext(params (string Command, string Does)[] commands)
    {
        var width = commands.Max(each => each.Command.Length);
        session.Terminal.Out.WriteLine("\nNext:");
        foreach (var (command, does) in commands)
        {
            session.Terminal.Out.WriteLine($"  {command.PadRight(width)}  {does}");
        }
    }

    private void Report(IReadOnlyList<NewFile> written)
    {
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
    private string Ask(string question, string otherwise)
    {
        if (session.Terminal.Answers is not { } answers)
        {
            return otherwise;
        }

        session.Terminal.Error.Write($"{question} [{otherwise}]: ");
        return answers.ReadLine()?.Trim() is { Length: > 0 } answer ? answer : otherwise;
    }

    private static GroupName Name(string text) => GroupName.IsOne(text) ? GroupName.Parse(text) : throw new BakerException(
        ExitCode.BadInput,
        $"{Quoting.Quote(text)} cannot be the name of a group; nothing was written.",
        "A name has letters, digits, '.', '-' and '_', begins with a letter or digit, and is at most 63 long.");

    private static string Region(string text) => Shapes.IsRegion(text) ? text : throw new BakerException(
        ExitCode.BadInput,
        $"{Quoting.Quote(text)} is no AWS region; nothing was written.",
        "For example us-east-1: --region NAME, or AWS_REGION.");
}
