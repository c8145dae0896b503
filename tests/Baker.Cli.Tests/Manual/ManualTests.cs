using System.Diagnostics;
using System.Text.RegularExpressions;
using Baker.Core;

namespace Baker.Cli.Tests.Manual;

/// <summary>Help, man pages and the reference say the same of each command, and what they say holds.</summary>
public sealed class ManualTests
{
    private static readonly string[] s_commands = [.. Programs.ProgramComparisonTests.Commands().Where(command => command != "complete" && !command.StartsWith("roles:", StringComparison.Ordinal))];

    [Test]
    public async Task Reference_IsWhatTheProgramPrints()
    {
        using var project = new TestProject("{}");

        var run = await project.RunAsync("help", "--format", "markdown");

        Assert.That(s_commands.Where(command => !run.Out.Contains($"\n## `{command}`\n", StringComparison.Ordinal)), Is.Empty);
        Golden.Check(run.Out, "docs/commands.md");
    }

    [TestCaseSource(nameof(s_commands))]
    public async Task Help_OfACommand_FitsAndHasExamplesAndSaysWhatItsPagesSay(string command)
    {
        using var project = new TestProject("{}");

        var help = await project.RunAsync(command, "--help");
        var same = await project.RunAsync("help", command);
        var man = (await project.RunAsync("help", "--format", "man", command)).Out.Replace("\\-", "-", StringComparison.Ordinal).Replace("\\:", "", StringComparison.Ordinal);
        var markdown = (await project.RunAsync("help", "--format", "markdown", command)).Out;

        Assert.That((help.Code, same.Code), Is.EqualTo((ExitCode.Done, ExitCode.Done)));
        Assert.That(same.Out, Is.EqualTo(help.Out));
        var lines = help.Out.Split('\n');
        Assert.That(lines.Where(line => line.Length > 80 && !line.StartsWith("  package ", StringComparison.Ordinal)), Is.Empty);
        Assert.That(Examples(help.Out), Has.Length.InRange(2, 3));
        Assert.That(Terms(help.Out), Is.Not.Empty.And.All.Matches<string>(term =>
            man.Contains($".B {term}\n", StringComparison.Ordinal) && (markdown.Contains($"`{term}`", StringComparison.Ordinal) || markdown.Contains($" {term} ", StringComparison.Ordinal))));
    }

    [TestCaseSource(nameof(s_commands))]
    public async Task Help_Examples_AreTakenByTheProgram(string command)
    {
        using var project = new TestProject("{}");
        var examples = Examples((await project.RunAsync(command, "--help")).Out).Where(line => line.StartsWith("package ", StringComparison.Ordinal));

        foreach (var example in examples)
        {
            var words = Words(example.Split(" | ")[0].Split(" > ")[0]);
            var end = Array.IndexOf(words, "--") is var at and > 0 ? at : words.Length;
            var run = await project.RunAsync([.. words[1..end], "--help"]);

            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{example}\n{run.Error}");
        }
    }

    [Test]
    public async Task ManPages_AreWhatManReads()
    {
        Peers.Require("mandoc");
        using var project = new TestProject("{}");
        foreach (var command in s_commands.Prepend(null))
        {
            var page = (await project.RunAsync(command is null ? ["help", "--format", "man"] : ["help", "--format", "man", command])).Out;
            project.Write("page.1", page);

            var lint = await ProcessRun.RunAsync(new ProcessStartInfo("mandoc", ["-T", "lint", "-W", "warning", project.PathOf("page.1")]));
            var shown = await ProcessRun.RunAsync(new ProcessStartInfo("mandoc", ["-T", "utf8", project.PathOf("page.1")]));

            // The program knows no date that its builds would share.
            Assert.That(lint.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.All.Contain("WARNING: missing date"), command);
            Assert.That(shown.Out, Does.Contain("P\bPA\bAC\bCK\bKA\bAG\bGE\bE").Or.Contain("PACKAGE"));
        }
    }

    [Test]
    public async Task ManPage_InANarrowWindow_BreaksBetweenChoices()
    {
        Peers.Require("mandoc");
        using var project = new TestProject("{}");
        project.Write("page.1", (await project.RunAsync("help", "--format", "man", "autoscale:update")).Out);

        var narrow = await ProcessRun.RunAsync(new ProcessStartInfo("mandoc", ["-T", "ascii", "-O", "width=40", project.PathOf("page.1")]));

        Assert.That(Regex.Replace(narrow.Out, ".\u0008", ""), Does.Contain("--strategy <blue-green|canary|\n       rolling|replace>\n"));
    }

    [TestCase("help packer:rnu", "There is no command \"packer:rnu\".\n  Did you mean \"packer:run\"?")]
    [TestCase("help --format yaml", "--format takes text, man, markdown, not \"yaml\".")]
    public async Task Help_OfWhatIsNot_IsRefused(string line, string words)
    {
        using var project = new TestProject("{}");

        var run = await project.RunAsync(line.Split(' '));

        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.BadInput, run.Error)));
        Assert.That(run.Error, Does.StartWith("package: " + words));
    }

    private static string[] Examples(string help) =>
    [
        .. Section(help, "Examples:").Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').Select(line => line.Trim()),
    ];

    /// <summary>What stands before the gap in each entry of the options and arguments.</summary>
    private static IEnumerable<string> Terms(string help) => Section(help, "Options:").Concat(Section(help, "Arguments:"))
        .Where(line => line.Length > 2 && line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ')
        .Select(line => line[2..].Split("  ")[0]);

    private static IEnumerable<string> Section(string help, string title) =>
        help.Split('\n').SkipWhile(line => line != title).Skip(1).TakeWhile(line => line.Length > 0);

    // As a shell would take it apart: double quotes alone are in the examples.
    private static string[] Words(string line) =>
    [
        .. line.Split('"').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];
}
