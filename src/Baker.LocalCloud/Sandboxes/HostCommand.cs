using System.ComponentModel;
using System.Diagnostics;

namespace Baker.LocalCloud.Sandboxes;

/// <summary>Runs the host's own tools.</summary>
internal static class HostCommand
{
    public static string? Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin:/usr/bin:/bin")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a tool to its end and gives its exit code, what it wrote, and what it said of errors.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string tool,
        IEnumerable<string> arguments,
        string folder,
        CancellationToken stop)
    {
        using var process = Start(tool, arguments, folder);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var error = process.StandardError.ReadToEndAsync(stop);
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <summary>Starts a script in a session of its own, so that it outlives this process and its terminal.</summary>
    public static Process StartDetached(IEnumerable<string> command, string output)
    {
        const string script = """log=$1; shift; exec setsid "$@" < /dev/null >> "$log" 2>&1""";
        var process = Start("sh", ["-c", script, "sh", output, .. command], "/");
        process.StandardInput.Close();
        process.StandardOutput.Close();
        process.StandardError.Close();
        return process;
    }

    /// <summary>Removes a folder of an instance, whatever modes and nodes its scripts left in it.</summary>
    public static async Task RemoveFolderAsync(string folder, CancellationToken stop)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        var (code, _, error) = await RunAsync("rm", ["-rf", "--", folder], "/", stop).ConfigureAwait(false);
        if (code != 0)
        {
            await RunAsync("chmod", ["-R", "u+rwX", "--", folder], "/", stop).ConfigureAwait(false);
            (code, _, error) = await RunAsync("rm", ["-rf", "--", folder], "/", stop).ConfigureAwait(false);
        }

        if (code != 0)
        {
            throw new IOException($"could not remove {folder}: {error.Trim()}");
        }
    }

    private static Process Start(string tool, IEnumerable<string> arguments, string folder)
    {
        // By a name alone .NET would start a file of the current folder before it looks at the PATH.
        var start = new ProcessStartInfo(Find(tool) ?? throw new IOException($"could not start {tool}: it is not on the PATH"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        foreach (var name in new[] { "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64" })
        {
            // Where this program finds its runtime.
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        try
        {
            return Process.Start(start) ?? throw new IOException($"could not start {tool}");
        }
        catch (Win32Exception error)
        {
            throw new IOException($"could not start {tool}: {error.Message}", error);
        }
    }
}
