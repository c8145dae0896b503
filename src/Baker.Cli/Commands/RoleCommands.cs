using Baker.Cli.Compiling;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>role:create</c> and <c>role:update</c>, which also answer to <c>roles:</c>.</summary>
internal static class RoleCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        foreach (var (name, shown) in new[] { ("role:create", true), ("roles:create", false) })
        {
            app.Command(name, command =>
            {
                command.Description = "Write the Chef roles and environments that are missing.";
                command.ShowInHelpText = shown;
                var force = command.Option(
                    "--force",
                    "Also write over roles that differ from what the manifest says.",
                    CommandOptionType.NoValue);
                CompileCommand.Configure(command, session, Kind, () => force.HasValue() ? CompileMode.Update : CompileMode.Create, () =>
                    RoleKind.RoleFiles,
                    withEnvironments: true);
            });
        }

        foreach (var (name, shown) in new[] { ("role:update", true), ("roles:update", false) })
        {
            app.Command(name, command =>
            {
                command.Description = "Rewrite the Chef roles and environments that changed, and say which.";
                command.ShowInHelpText = shown;
                CompileCommand.Configure(
                    command,
                    session,
                    Kind,
                    () => CompileMode.Update,
                    () => RoleKind.RoleFiles,
                    withEnvironments: true);
            });
        }
    }

    private static RoleKind Kind(NodeProject project) => new(project.Settings);
}
