using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Baker.Cloud.Host;
using Baker.Core;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>One run of <c>packer</c>: its output line by line, and an end that lets it clean up.</summary>
internal static class PackerProcess
{
    private const int Terminate = 15;

    /// <summary>
    /// Runs it to its end and returns its exit code. A cancellation lets it clean up for <paramref name="patience"/>, then
    /// ends it and its plugins.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled, and it has ended.</exception>
    public static async Task<int> RunAsync(
        ProcessStartInfo start,
        Action<string> line,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = start };
        Begin(process);
        var output = Task.WhenAll(PumpAsync(process.StandardOutput, line), PumpAsync(process.StandardError, line));
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, line, patience, time).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            throw;
        }

        await output.ConfigureAwait(false);
        return process.ExitCode;
    }

    private static void Begin(Process process)
    {
        try
        {
            process.StartInfo.FileName = ProgramPath.Need(process.StartInfo.FileName);
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"HashiCorp Packer cannot be started ({process.StartInfo.FileName}: {error.Message}).",
                "Install it and put it on the PATH, or leave --engine packer out: Baker's own engine needs no Packer.",
                error);
        }

        process.StandardInput.Close();
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> line)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } text)
        {
            line(text);
        }
    }

    // SIGTERM and not SIGINT: the process that we start is a wrapper that ignores SIGINT, expecting that a terminal sends it to
    // the whole group, and hands SIGTERM on. Where the terminal did, Packer heeds the first of the two signals only.
    private static async Task EndAsync(Process process, Action<string> line, TimeSpan patience, TimeProvider time)
    {
        if (!OperatingSystem.IsWindows() && !process.HasExited)
        {
            _ = Kill(process.Id, Terminate);
            using var bound = new CancellationTokenSource(patience, time);
            try
            {
                await process.WaitForExitAsync(bound.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException)
            {
                line(
                    $"packer has not ended within {patience.TotalSeconds:0} s of being told to; it is ended now, "
                        + "and what it made may be left");
            }
        }

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int process, int signal);
}
