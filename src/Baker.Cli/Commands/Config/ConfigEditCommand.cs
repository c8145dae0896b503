using System.Diagnostics;
using System.Text;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Host;
using Baker.Core;
using Baker.Core.Configuration;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands.Config;

/// <summary><c>config:edit</c>: a person's own editor on a group's variables.</summary>
internal static class ConfigEditCommand
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Edit the variables of a group's nodes with $VISUAL or $EDITOR.";
        command.ExtendedHelpText = """

            The file that is edited is for you alone, lies in memory where the system has
            such a place (/dev/shm), and is removed when the editor ends. Secrets stand in
            it as they are, and stay secrets. A line that is removed removes its variable.
            """;
        var arguments = command.Argument("group", "The group.", multipleValues: true);
        var options = FleetOptions.On(command);
        var forAll = ConfigTarget.ForAllOption(command);
        var secret = ConfigChangeCommands.Secret(command);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "config:edit", async fleet =>
        {
            var (group, rest) = ConfigTarget.Split(arguments, forAll);
            var targets = ConfigTarget.Of(fleet, group);
            if (rest.Count > 0 || targets.Count != 1)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    rest.Count > 0 ? "One group at a time." : "The groups are in several Regions.",
                    rest.Count > 0 ? "Name one." : "Use config:set, which sets the same in each.");
            }

            var before = await targets[0].Store.ReadAsync(targets[0].Place, withSecrets: true, session.Stop).ConfigureAwait(false);
            session.Masks.Add(before.Where(value => value.IsSecret).Select(value => value.Value!));
            var text = Head(targets[0]) + string.Concat(before.Select(value =>
                (value.IsSecret ? "# a secret:\n" : "") + VariableFile.Line(value.Variable, value.Value!) + "\n"));
            var after = await EditAsync(session, text, edited => Read(edited, isNew: before.IsEmpty)).ConfigureAwait(false);
            var changed = after
                .Where(pair => before.FirstOrDefault(value => value.Variable == pair.Key)?.Value != pair.Value)
                .ToDictionary();
            var removed = before.Select(value => value.Variable).Where(name => !after.ContainsKey(name)).ToList();
            using var change = ConfigTarget.Change(fleet, group, "edit", dryRun, json, reason);
            return await ConfigChangeCommands.ApplyAsync(session, fleet, change, targets, changed, removed, secret.HasValue())
                .ConfigureAwait(false);
        }));
    }

    private static string Head(ConfigTarget target) =>
        $"# The variables of {target.Words}, a NAME=\"VALUE\" a line.\n"
        + "# New ones are secrets with --secret, or where config_secrets names them.\n";

    private static Dictionary<string, string> Read(string text, bool isNew)
    {
        if (!isNew && string.IsNullOrWhiteSpace(text))
        {
            // An editor that dies, or a full disk, leaves this; whoever means it uses config:unset.
            throw new BakerException(ExitCode.BadInput, "The edited file is empty.", "Nothing was changed.");
        }

        var variables = VariableFile.Read(text, "the edited file").ToDictionary();
        ConfigInput.Check(variables);
        return variables;
    }

    /// <summary>What <paramref name="read"/> makes of the text as it was edited; a text of which it makes nothing is kept.</summary>
    private static async Task<Dictionary<string, string>> EditAsync(
        Session session,
        string text,
        Func<string, Dictionary<string, string>> read)
    {
        var environment = session.Environment.Value;
        var named = new[] { "VISUAL", "EDITOR" }.Select(name => environment.GetValueOrDefault(name));
        var editor = named.FirstOrDefault(value => !string.IsNullOrEmpty(value))
            ?? throw new BakerException(ExitCode.BadInput, "Neither VISUAL nor EDITOR names an editor.", "Set one, or use config:set.");
        var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"baker-config-{Guid.NewGuid():n}");
        var file = Path.Combine(folder, "variables.env");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var isKept = false;
        try
        {
            await File.WriteAllTextAsync(file, text, new UTF8Encoding(false), session.Stop).ConfigureAwait(false);
            using var process = Process.Start(OperatingSystem.IsWindows()
                ? new ProcessStartInfo(ProgramPath.Need(editor), [file])
                : new ProcessStartInfo("/bin/sh", ["-c", editor + " \"$1\"", "sh", file]) { WorkingDirectory = session.WorkingFolder })!;
            await process.WaitForExitAsync(session.Stop).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                throw new BakerException(ExitCode.BadInput, $"{editor} ended with exit code {process.ExitCode}.", "Nothing was changed.");
            }

            var edited = await File.ReadAllTextAsync(file, session.Stop).ConfigureAwait(false);
            try
            {
                return read(edited);
            }
            catch (BakerException error) when (!string.IsNullOrWhiteSpace(edited))
            {
                isKept = true;
                throw new BakerException(
                    error.Code,
                    error.Message,
                    $"Nothing was changed. What you wrote is kept, for you alone, in {file}: "
                        + "mend it, read it with config:import, remove it.",
                    error);
            }
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{editor} cannot be started: {error.Message}",
                "Set EDITOR to an editor that is there.",
                error);
        }
        finally
        {
            if (!isKept)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
