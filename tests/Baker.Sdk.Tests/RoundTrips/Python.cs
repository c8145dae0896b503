using System.Diagnostics;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Runs Python scripts that need botocore.</summary>
internal static class Python
{
    /// <summary>What a script prints; the test is skipped where Python or a module is missing.</summary>
    public static async Task<string> RunAsync(string script, string input = "", params string[] arguments)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", script, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var python = Start(start);
        var (error, output) = (python.StandardError.ReadToEndAsync(), python.StandardOutput.ReadToEndAsync());
        await WriteAsync(python, input);
        await python.WaitForExitAsync();
        if ((await error).Contains("No module named", StringComparison.Ordinal))
        {
            Peers.Missing("boto3 is not installed");
        }

        Assert.That(python.ExitCode, Is.Zero, await error);
        return (await output).Trim();
    }

    private static async Task WriteAsync(Process python, string input)
    {
        try
        {
            await python.StandardInput.WriteAsync(input);
            python.StandardInput.Close();
        }
        catch (IOException)
        {
            // A script that ended early says why on its standard error.
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Peers.Missing("python3 is not on the PATH");
            throw;
        }
    }
}
