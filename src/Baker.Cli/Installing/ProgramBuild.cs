using System.ComponentModel;
using System.Diagnostics;
using Baker.Cli.Sessions;
using Baker.Cloud.Host;
using Baker.Core;

namespace Baker.Cli.Installing;

/// <summary>Builds the program from a clone with the .NET SDK.</summary>
internal sealed class ProgramBuild(Session session, string clone)
{
    private const int LastLines = 12;

    public string Log(ProgramForm form) => Path.Combine(clone, "artifacts", $"{Name(form)}.log");

    public static string Name(ProgramForm form) => form == ProgramForm.Native ? "native" : "publish";

    /// <summary>
    /// Publishes into a folder. What is kept beside the sources for the next build is that of the launcher and of
    /// <c>.ci/</c>.
    /// </summary>
    /// <returns>The last lines of the log where it failed; null where it did not.</returns>
    public async Task<string?> RunAsync(ProgramForm form, string folder)
    {
        var sdk = ProgramPath.Find(session.Environment.Value.GetValueOrDefault("PATH", ""), "dotnet")
            ?? throw new BakerException(
                ExitCode.BadInput,
                "The .NET 10 SDK is needed to build Baker, and dotnet is not on the PATH.",
                "Install it (https://dotnet.microsoft.com/download), then run this command again.");
        var start = new ProcessStartInfo(sdk)
        {
            WorkingDirectory = clone,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in Arguments(form, folder))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in session.Environment.Value)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = start.Environment["DOTNET_NOLOGO"] = "1";
        var log = await OutputAsync(start).ConfigureAwait(false);
        Directory.CreateDirectory(Path.Combine(clone, "artifacts"));
        await File.WriteAllTextAsync(Log(form), log.Text, session.Stop).ConfigureAwait(false);
        return log.Code == 0 ? null : string.Join('\n', log.Text.TrimEnd().Split('\n').TakeLast(LastLines));
    }

    private IEnumerable<string> Arguments(ProgramForm form, string folder) =>
    [
        "publish", Clone.ProjectFile(clone), "-c",
        "Release", "--use-current-runtime", "-p:BakerPublish=true", $"-p:BakerNative={form == ProgramForm.Native}",
        "--artifacts-path", Path.Combine(clone, "artifacts", Name(form)), "-o", folder, "-v", "quiet", "-nodeReuse:false",
    ];

    private async Task<(int Code, string Text)> OutputAsync(ProcessStartInfo start)
    {
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{start.FileName} cannot be started: {error.Message}",
                "Install the .NET 10 SDK again.",
                error);
        }

        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(session.Stop), process.StandardError.ReadToEndAsync(session.Stop));
            await process.WaitForExitAsync(session.Stop).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false) + await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
