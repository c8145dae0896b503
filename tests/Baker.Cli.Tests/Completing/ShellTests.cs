using System.Diagnostics;
using Baker.Cli.Tests.Programs;

namespace Baker.Cli.Tests.Completing;

/// <summary>Real shells complete what is typed in them.</summary>
public sealed class ShellTests
{
    [TestCase("bash", "bash --norc --noprofile", "eval \"$(package completion bash)\"")]
    [TestCase("zsh", "zsh -f", "autoload -Uz compinit && compinit -u -D && source <(package completion zsh)")]
    [TestCase("fish", "fish --no-config", "package completion fish | source")]
    public async Task Tab_CompletesCommandsOptionsValuesAndGroups(string shell, string line, string begin)
    {
        Peers.Require("tmux");
        Peers.Require(shell);
        using var project = new TestProject("""
            {"__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077"}, "frontend": {}, "backend": {}, "backup": {}}
            """);
        project.Write("bin/package", $"#!/bin/sh\nexec {PackageProgram.ForProcesses.Shell} \"$@\"\n");
        await ProcessRun.RunAsync(new ProcessStartInfo("chmod", ["755", project.PathOf("bin/package")]));
        await using var terminal = new TmuxTerminal(project);
        var path = $"{project.PathOf("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        await terminal.BeginAsync(["env", "-i", $"PATH={path}", $"HOME={project.Folder}", "TERM=xterm", "LC_ALL=C.UTF-8", "PS1=% ", .. line.Split(' ')]);
        await terminal.TypeAsync($"{begin}; printf 'begun-%s\\n' 42");
        await terminal.PressAsync("Enter");
        await terminal.UntilShowsAsync(shown => shown.Contains("begun-42", StringComparison.Ordinal), "that it has begun");

        await TabAsync(terminal, "package autoscale:upd", "package autoscale:update ");
        await TabAsync(terminal, "package packer:run fr", "package packer:run frontend ");
        await TabAsync(terminal, "package packer:run --dry-", "package packer:run --dry-run ");
        await TabAsync(terminal, "package autoscale:update frontend --strategy can", "package autoscale:update frontend --strategy canary ");
        await TabAsync(terminal, "package role:update --manifest no", "package role:update --manifest nodes.json ");
        await SeveralAsync(terminal, "package packer:run back", "backend", "backup");
        await SeveralAsync(terminal, "package freeze ", "on", "off", "status");
    }

    private static async Task TabAsync(TmuxTerminal terminal, string typed, string completed)
    {
        await terminal.PressAsync("C-u");
        await terminal.TypeAsync(typed);
        await terminal.PressAsync("Tab");
        await terminal.TypeAsync("END");
        await terminal.UntilShowsAsync(shown => shown.Contains(completed + "END", StringComparison.Ordinal), completed + "END");
    }

    // fish shows them at the first key, bash at the second.
    private static async Task SeveralAsync(TmuxTerminal terminal, string typed, params string[] words)
    {
        await terminal.PressAsync("C-u");
        await terminal.PressAsync("C-l");
        await terminal.TypeAsync(typed);
        await terminal.PressAsync("Tab");
        await terminal.PressAsync("Tab");
        await terminal.UntilShowsAsync(
            shown => Array.TrueForAll(words, word => shown.Split('\n').Skip(1).Any(line => line.Contains(word, StringComparison.Ordinal))),
            string.Join(", ", words));
        await terminal.PressAsync("Escape");
        await terminal.PressAsync("C-c");
    }
}
