using System.Diagnostics;

namespace Baker.LocalCloud.Tests.Interop;

/// <summary>A program that nobody here wrote, pointed at a served local cloud.</summary>
internal static class Peer
{
    public static async Task<ProcessRun> TryAsync(string program, TestCloud cloud, params string[] arguments)
    {
        if (Find(program) is not { } path)
        {
            Peers.Missing($"{program} is not installed");
            throw new InvalidOperationException();
        }

        var start = new ProcessStartInfo(path, arguments) { WorkingDirectory = cloud.Folder.Path };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("AWS_", StringComparison.Ordinal) || k.Contains("proxy", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["AWS_ENDPOINT_URL"] = cloud.Cloud.Listen().ToString().TrimEnd('/');
        start.Environment["AWS_ACCESS_KEY_ID"] = cloud.Cloud.Key.Id;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = cloud.Cloud.Key.Secret;
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["PACKER_NO_COLOR"] = "1";
        start.Environment["HOME"] = cloud.Folder.Path;
        return await ProcessRun.RunAsync(start);
    }

    public static async Task<string> RunAsync(string program, TestCloud cloud, params string[] arguments)
    {
        var (code, output, error) = await TryAsync(program, cloud, arguments);
        Assert.That(code, Is.EqualTo(0), $"{program} {string.Join(' ', arguments)}\n{output}\n{error}");
        return output;
    }

    /// <summary>The program on the PATH; a version manager's shim does not work without its home, so what it stands for.</summary>
    private static string? Find(string program)
    {
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
        if (path is null || !path.Contains("/shims/", StringComparison.Ordinal))
        {
            return path;
        }

        using var which = Process.Start(new ProcessStartInfo("pyenv", ["which", program]) { RedirectStandardOutput = true })!;
        var real = which.StandardOutput.ReadToEnd().Trim();
        which.WaitForExit();
        return which.ExitCode == 0 ? real : path;
    }
}
