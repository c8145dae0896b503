using System.ComponentModel;
using System.Diagnostics;
using Baker.Cloud.Host;
using Baker.Core;

namespace Baker.Cli.Baking;

/// <summary>One run of git, which never asks a person: credentials come from its helpers and the ssh-agent.</summary>
internal static class Git
{
    /// <summary>Settings under which a tree is the same on every machine, whatever its owner has set.</summary>
    private static readonly string[] s_settings =
    [
        "core.autocrlf=false", "core.eol=lf", "tar.umask=0022", "gc.auto=0", "maintenance.auto=false",
        "filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false", "protocol.ext.allow=never",
    ];

    /// <returns>What it prints.</returns>
    /// <exception cref="BakerException">It is not there, or failed.</exception>
    public static string Run(string folder, params string[] words)
    {
        var start = new ProcessStartInfo("git", s_settings.SelectMany(setting => new[] { "-c", setting }).Concat(words))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        start.Environment["SSH_ASKPASS"] = "false";
        start.Environment["SSH_ASKPASS_REQUIRE"] = "force";
        foreach (var name in new[] { "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY" })
        {
            start.Environment.Remove(name); // of a hook that runs this program
        }

        using var process = new Process { StartInfo = start };
        try
        {
            start.FileName = ProgramPath.Need(start.FileName);
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"A group has \"code\", and git cannot be started: {error.Message}.",
                "Install git and put it on the PATH.",
                error);
        }

        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new BakerException(
            ExitCode.CloudFailed,
            $"git {words[0]} failed: {errors.Result.Trim().ReplaceLineEndings(" ")}",
            $"Try it by hand in {folder}: git {string.Join(' ', words)}");
    }
}
