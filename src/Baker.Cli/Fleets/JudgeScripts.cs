using System.ComponentModel;
using System.Diagnostics;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cli.Fleets;

/// <summary>Runs the scripts that judge a canary, in the project's folder, and shows the end of what they print.</summary>
internal sealed class JudgeScripts(Session session, NodeProject project) : IJudgeScripts
{
    private const int ShownLines = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <exception cref="BakerException">One of them is not there.</exception>
    public static void Need(NodeProject project, CanarySettings settings)
    {
        var missing = settings.Checks
            .Where(check => check.Measure == CanaryMeasure.Script)
            .FirstOrDefault(check => !File.Exists(Path.Combine(project.Folder, check.Metric)));
        if (missing is not null)
        {
            var isFolder = Directory.Exists(Path.Combine(project.Folder, missing.Metric));
            throw new BakerException(
                ExitCode.BadInput,
                $"The canary is judged by {missing.Metric}, which is {(isFolder ? "a folder" : "not there")}.",
                "Write it, relative to the manifest's folder; its exit code 0 says that the new fleet is good.");
        }
    }

    public async Task<(int? Code, string Text)> RunAsync(
        string script,
        IReadOnlyDictionary<string, string> variables,
        CancellationToken stop)
    {
        var file = Path.Combine(project.Folder, script);
        var isProgram = OperatingSystem.IsWindows() || (File.Exists(file) && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0);
        var start = new ProcessStartInfo(isProgram ? file : "/bin/sh", isProgram ? [] : [file])
        {
            WorkingDirectory = project.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var bound = new CancellationTokenSource(s_patience, session.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stop);
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            return (null, error.Message);
        }

        try
        {
            process.StandardInput.Close();
            var texts = await Task.WhenAll(
                process.StandardOutput.ReadToEndAsync(both.Token),
                process.StandardError.ReadToEndAsync(both.Token)).ConfigureAwait(false);
            await process.WaitForExitAsync(both.Token).ConfigureAwait(false);
            return (process.ExitCode, Shown(string.Concat(texts)));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            stop.ThrowIfCancellationRequested();
            return (null, $"it has not ended within {DurationText.Of(s_patience)}");
        }
    }

    private string Shown(string text) => session.Masks.In(string.Join(
        " | ",
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(ShownLines)));
}
