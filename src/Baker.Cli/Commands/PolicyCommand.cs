using Baker.Cli.Mistakes;
using Baker.Cli.Permissions;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>iam:policy</c>: what whoever runs the commands has to be allowed.</summary>
internal static class PolicyCommand
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("iam:policy", command =>
    {
        command.Description = "Print the least IAM policy that commands need.";
        command.ExtendedHelpText = """

            Regions, the bucket, keys, topics and other accounts are the manifest's; with --environment
            parameters are those of that environment. What AWS cannot narrow stands for all resources.
            Nothing is asked of AWS.
            """;
        var asked = command.Argument("command", "The commands; all where none is named.", multipleValues: true);
        var account = command.Option("--account <ID>", "The account, twelve digits (default: any).", CommandOptionType.SingleValue);
        var manifest = ManifestOptions.On(command);
        var json = command.Option("--json", "Print JSON (as without it).", CommandOptionType.NoValue);
        command.OnExecute(() =>
        {
            var commands = asked.Values.OfType<string>().ToList();
            var named = commands.Select(name => CommandSuggestion.Require(name, app).Name!);
            var actions = (commands.Count == 0 ? PermissionTable.Commands : named)
                .SelectMany(PermissionTable.Of)
                .ToHashSet(StringComparer.Ordinal);
            var project = manifest.Load(session);
            project.CheckAll();
            if (actions.Count == 0)
            {
                session.Terminal.Error.WriteLine($"{string.Join(", ", commands)} {(commands.Count == 1 ? "asks" : "ask")} nothing of AWS.");
                if (json.HasValue())
                {
                    session.Terminal.Out.WriteLine("null");
                }

                return (int)ExitCode.Done;
            }

            session.Terminal.Out.WriteLine(new PolicyText(project, Account(account.Value())).Of(actions).Indented());
            return (int)ExitCode.Done;
        });
    });

    private static string Account(string? text) => text is null ? "*"
        : Shapes.IsAccount(text) ? text
        : throw new BakerException(
            ExitCode.BadInput,
            $"--account {Quoting.Quote(text)} is no account.",
            "An account is 12 digits; aws sts get-caller-identity tells yours.");
}
