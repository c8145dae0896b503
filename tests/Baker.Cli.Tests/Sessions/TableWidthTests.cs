using Baker.Cli.Tests.Completing;
using Baker.Cli.Tests.Programs;

namespace Baker.Cli.Tests.Sessions;

/// <summary>Tables on a terminal of 80 columns, and on one of 200.</summary>
public sealed class TableWidthTests
{
    private const string Manifest = """
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077"},
          "frontend-production": {"description": "what visitors see", "autoscale": {"node_min": 1, "node_max": 2, "timeout": 0}, "config": false, "provides": {"page": {"port": 80}}}
        }
        """;

    private static readonly string[] s_commands =
        ["instance:list", "autoscale:status", "change:list", "image:list", "image:channels", "node:list", "service:list", "plan", "maintenance:status", "freeze status"];

    [TestCase(80)]
    [TestCase(200)]
    public async Task Tables_OnATerminal_AreNoWiderThanIt(int width)
    {
        Peers.Require("tmux");
        using var project = new TestProject(Manifest) { Environment = { ["BAKER_LOCAL_SCALE"] = "0.01" } };
        foreach (var command in new[] { "autoscale:create", "packer:run --no-exec", "image:promote frontend-production --to production --no-exec", "autoscale:run frontend-production --no-exec" })
        {
            var run = await project.RunAsync(command.Split(' '));
            Assert.That(run.Code, Is.EqualTo(Core.ExitCode.Done), $"{command}: {run.Error}");
        }

        foreach (var command in s_commands)
        {
            await using var terminal = new TmuxTerminal(project, width);
            await terminal.BeginAsync("sh", "-c", $"{PackageProgram.ForProcesses.Shell} {command}; printf 'ended-%s\\n' 42; sleep 600");
            await terminal.UntilShowsAsync(shown => shown.Contains("ended-42", StringComparison.Ordinal), $"the end of {command}");
            var lines = (await terminal.UnbrokenAsync()).Split('\n').Select(line => line.TrimEnd()).TakeWhile(line => line != "ended-42").ToList();

            Assert.That(lines, Is.Not.Empty, command);
            Assert.That(lines.Where(line => line.Length > width), Is.Empty, command);
        }
    }
}
