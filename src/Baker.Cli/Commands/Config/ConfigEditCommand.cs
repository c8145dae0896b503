using System.Diagnostics;
using System.Text;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
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
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
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
            var text = await EditAsync(session, Head(targets[0]) + string.Concat(before.Select(value =>
                (value.IsSecret ? "# a secret:\n" : "") + VariableFile.Line(value.Variable, value.Value!) + "\n"))).ConfigureAwait(false);
            if (!before.IsEmpty && string.IsNullOrWhiteSpace(text))
            {
                // An editor that dies, or a full disk, leaves this; whoever means it uses config:unset.
                throw new BakerException(ExitCode.BadInput, "The edited file is empty.", "Nothing was changed.");
            }

            var after = VariableFile.Read(text, "the edited file").ToDictionary();
            ConfigInput.Check(after);
            var changed = after
                .Where(pair => before.FirstOrDefault(value => value.Variable == pair.Key)?.Value != pair.Value)
                .ToDictionary();
            var removed = before.Select(value => value.Variable).Where(name => !after.ContainsKey(name)).ToList();
            using var change = fleet.Change($"{group ?? "all-groups"}.config-edit", dryRun.HasValue(), json.HasValue());
            return await ConfigChangeCommands.ApplyAsync(session, fleet, change, targets, changed, removed, secret.HasValue())
                .ConfigureAwait(false);
        }));
    }

    private static string Head(ConfigTarget target) =>
        $"# The variables of {target.Words}, a NAME=\"VALUE\" a line.\n"
        + "# New ones are secrets with --secret, or where config_secrets names them.\n";

    private static async Task<string> EditAsync(Session session, string text)
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

        try
        {
            await File.WriteAllTextAsync(file, text, new UTF8Encoding(false), session.Stop).ConfigureAwait(false);
            using var process = Process.Start(OperatingSystem.IsWindows()
                ? new ProcessStartInfo(editor, [file])
                : new ProcessStartInfo("sh", ["-c", editor + " \"$1\"", "sh", file]) { WorkingDirectory = session.WorkingFolder })!;
            await process.WaitForExitAsync(session.Stop).ConfigureAwait(false);
            return process.ExitCode == 0
                ? await File.ReadAllTextAsync(file, session.Stop).ConfigureAwait(false)
                : throw new BakerException(ExitCode.BadInput, $"{editor} ended with exit code {process.ExitCode}.", "Nothing was changed.");
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
            Directory.Delete(folder, recursive: true);
        }
    }
}
