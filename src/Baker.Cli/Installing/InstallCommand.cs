using System.Diagnostics;
using Baker.Cli.Sessions;
using Baker.Cloud.Host;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Installing;

/// <summary><c>self:install</c>: builds the program, looks whether it runs, and only then puts it where the old one was.</summary>
/// <param name="start">The folder of the program that runs; its clone is found from it.</param>
internal sealed class InstallCommand(Session session, string start)
{
    /// <summary>What the program prints for others, which look for it below <c>share</c>.</summary>
    private static readonly (string File, string[] Prints)[] s_shared =
    [
        ("man/man1/package.1", ["help", "--format", "man"]),
        ("bash-completion/completions/package", ["completion", "bash"]),
        ("fish/vendor_completions.d/package.fish", ["completion", "fish"]),
    ];

    private IReadOnlyDictionary<string, string> Variables => session.Environment.Value;

    public async Task<ExitCode> RunAsync(string? asked, bool readyToRun, bool dryRun, bool isJson)
    {
        var prefix = Prefix(asked);
        var clone = Clone.Around(start);
        var why = readyToRun ? "--ready-to-run" : NativeTools.Missing(Variables.GetValueOrDefault("PATH", ""));
        var form = why is null ? ProgramForm.Native : ProgramForm.ReadyToRun;
        using var folder = new InstallFolder(prefix);
        if (dryRun)
        {
            if (isJson)
            {
                Print(null, form, why, folder);
                return ExitCode.Changes;
            }

            session.Terminal.Out.WriteLine(Changes.StepLine.Of(1, $"build the {Shown(form, why)} program of {clone}"));
            session.Terminal.Out.WriteLine(Changes.StepLine.Of(2, $"install it as {folder.Command}"));
            session.Terminal.Out.WriteLine(
                Changes.StepLine.Of(3, $"write its manual page and completions for bash and fish below {folder.Share}"));
            return ExitCode.Changes;
        }

        var stage = folder.Stage();
        try
        {
            var build = new ProgramBuild(session, clone);
            var began = session.Time.GetTimestamp();
            session.Terminal.Error.WriteLine(
                $"building the {Shown(form, why)} program "
                    + $"...{(form == ProgramForm.Native ? " (two to three minutes, 2 GB of memory)" : "")}");
            if (form == ProgramForm.Native && await build.RunAsync(form, stage).ConfigureAwait(false) is { } broken)
            {
                session.Terminal.Error.WriteLine(broken);
                why = $"the native build failed: {build.Log(form)}";
                form = ProgramForm.ReadyToRun;
                session.Terminal.Error.WriteLine($"building the {Shown(form, why)} program instead ...");
                InstallFolder.Discard(stage);
                Directory.CreateDirectory(stage);
            }

            if (form == ProgramForm.ReadyToRun && await build.RunAsync(form, stage).ConfigureAwait(false) is { } failure)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"The build failed:\n{failure}",
                    $"All of it is in {build.Log(form)}; what was installed before is still there.");
            }

            var version = (await SaysAsync(InstallFolder.ProgramIn(stage), "--version").ConfigureAwait(false)).Trim();
            var shared = new List<(string, string)>();
            foreach (var (file, prints) in s_shared)
            {
                shared.Add((file, await SaysAsync(InstallFolder.ProgramIn(stage), prints).ConfigureAwait(false)));
            }

            folder.Activate(stage, form, session.Time.GetUtcNow());
            folder.WriteShared(shared);
            session.Terminal.Error.WriteLine($"built in {session.Time.GetElapsedTime(began).TotalSeconds:0} s");
            if (isJson)
            {
                Print(version, form, why, folder);
            }
            else
            {
                session.Terminal.Out.WriteLine($"installed package {version}, the {Shown(form, why)} program, as {folder.Command}");
            }
        }
        finally
        {
            InstallFolder.Discard(stage);
        }

        SayWhereItIs(folder.Command);
        return ExitCode.Done;
    }

    /// <param name="version">That of the program which was installed; null where none was.</param>
    private void Print(string? version, ProgramForm form, string? why, InstallFolder folder) => session.Terminal.Out.WriteLine(new JObject
    {
        ["dry_run"] = version is null,
        ["version"] = version,
        ["form"] = form == ProgramForm.Native ? "native" : "ready_to_run",
        ["why_not_native"] = why,
        ["command"] = folder.Command,
        ["share"] = folder.Share,
    }.Indented());

    private static string Shown(ProgramForm form, string? why) => form == ProgramForm.Native ? "native" : $"ReadyToRun ({why})";

    private string Prefix(string? asked)
    {
        if (!string.IsNullOrEmpty(asked))
        {
            return Path.GetFullPath(asked, session.WorkingFolder);
        }

        var home = Variables.GetValueOrDefault(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME", "");
        return Path.IsPathFullyQualified(home)
            ? Path.Combine(home, ".local")
            : throw new BakerException(
                ExitCode.BadInput,
                "There is no home folder to install into: HOME is not set.",
                "Give a folder with --prefix DIR.");
    }

    /// <summary>What the new program prints: one that cannot run never takes the place of one that can.</summary>
    private async Task<string> SaysAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(session.Stop), process.StandardError.ReadToEndAsync(session.Stop));
            await process.WaitForExitAsync(session.Stop).ConfigureAwait(false);
            return process.ExitCode == 0
                ? await output.ConfigureAwait(false)
                : throw new IOException((await error.ConfigureAwait(false)).Trim());
        }
        catch (Exception error) when (error is IOException or System.ComponentModel.Win32Exception)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"The program that was built does not run: {error.Message}",
                "What was installed before is still there.",
                error);
        }
    }

    private void SayWhereItIs(string command)
    {
        var folder = Path.GetDirectoryName(command)!;
        var found = ProgramPath.Find(Variables.GetValueOrDefault("PATH", ""), "package");
        if (!Variables.GetValueOrDefault("PATH", "").Split(Path.PathSeparator).Any(each => each.TrimEnd('/') == folder))
        {
            session.Terminal.Error.WriteLine($"{folder} is not on the PATH; add it, for example with: export PATH=\"{folder}:$PATH\"");
        }
        else if (found is not null && found != command)
        {
            session.Terminal.Error.WriteLine($"{found} comes before it on the PATH.");
        }
    }
}
