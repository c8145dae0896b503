using System.Diagnostics;

namespace Baker.Testing;

/// <summary>A program that ran to its end, and what it said.</summary>
internal sealed record ProcessRun(int Code, string Out, string Error)
{
    /// <summary>Only so that a program that hangs ends its test: on a busy machine Terraform takes minutes.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs it, ten minutes at most; a missing one skips the test as <see cref="Peers"/> do.</summary>
    /// <param name="input">What it reads; it meets the end of its input after that.</param>
    public static async Task<ProcessRun> RunAsync(ProcessStartInfo start, string input = "", TimeSpan? limit = null)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Start(start);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }

        try
        {
            await process.WaitForExitAsync().WaitAsync(limit ?? s_limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{start.FileName} did not end within {limit ?? s_limit}. It said:\n{await output}{await error}");
        }

        return new ProcessRun(process.ExitCode, await output, await error);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Peers.Missing($"{start.FileName} is not installed.");
            throw;
        }
    }
}
