using Baker.Cli.Clouds;
using Baker.Cli.Examining;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>version</c> and <c>doctor</c>: which program this is, and whether its surroundings are well.</summary>
internal static class ExaminingCommands
{
    /// <summary>How long one check may take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("version", command =>
        {
            command.Description = "The program's version, commit and form.";
            var json = command.Option("--json", "Print it as JSON.", CommandOptionType.NoValue);
            command.OnExecute(() =>
            {
                var version = ProgramVersion.OfThis();
                session.Terminal.Out.WriteLine(json.HasValue() ? version.ToJson().Indented() : version.Text);
                return (int)ExitCode.Done;
            });
        });
        app.Command("doctor", command =>
        {
            command.Description = "Check what commands need: credentials, permissions, tools.";
            command.ExtendedHelpText = """

                Each line is ok, a warning or failed, with what to do. Nothing is changed: EC2 is asked
                for dry runs alone. No check takes more than ten seconds. Exit code 4 where one failed,
                else 0. Without a manifest it looks at AWS.
                """;
            var manifest = ManifestOptions.On(command);
            var cloud = CloudChoice.NameOn(command);
            var region = command.Option(
                "--region <REGION>",
                "Where to look (default: the first group's region, else AWS_REGION).",
                CommandOptionType.SingleValue);
            var json = command.Option("--json", "Print the findings as JSON.", CommandOptionType.NoValue);
            command.OnExecute(async () => (int)await new Doctor(session, s_limit)
                .RunAsync(manifest, cloud.Value(), region.Value(), json.HasValue())
                .ConfigureAwait(false));
        });
    }
}
