using Baker.Cli.Baking;
using Baker.Cli.Clouds;
using Baker.Cli.Commands.Images;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Images;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>packer:run</c>: bakes the groups' images.</summary>
internal static class BakeCommands
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("packer:run", command =>
    {
        command.Description = "Bake the groups' machine images, all at once.";
        var groups = command.Argument("group", "The groups to bake; all of them where none is named.", multipleValues: true);
        var manifest = ManifestOptions.On(command);
        var cloud = CloudChoice.On(command);
        var engine = command.Option(
            "--engine",
            "baker (default), or packer: an installed HashiCorp Packer on the generated template.",
            CommandOptionType.SingleValue).Taking("baker", "packer");
        var force = command.Option("--force", "Bake although nothing has changed.", CommandOptionType.NoValue);
        var onError = command.Option(
            "--on-error",
            "cleanup (default); keep: leave the instance of a failed bake for a look, and an image that did not pass its tests; "
                + "retry: keep the instance, and let the next bake go on at the script that failed.",
            CommandOptionType.SingleValue).Taking("cleanup", "keep", "retry");
        var parallel = command.Option("--parallel <N>", "How many groups at once (default 50).", CommandOptionType.SingleValue);
        var code = CodeOverride.On(command);
        var dryRun = command.Option("--dry-run", "Print the steps and change nothing; exit 2 if there are any.", CommandOptionType.NoValue);
        var json = command.Option(
            "--json",
            "Print the steps and the results as JSON, an object a line as it happens.",
            CommandOptionType.NoValue);
        command.OnExecute(async () =>
        {
            var project = manifest.LoadInEnvironment(session);
            var order = new BakeOrder(
                project,
                [.. groups.Values.OfType<string>()],
                OneOf(engine, "baker", "packer"),
                force.HasValue(),
                Answer(onError),
                Number(parallel, 50),
                dryRun.HasValue(),
                json.HasValue())
            {
                Code = code(),
            };
            return (int)await BakeCommand.RunAsync(session, order, cloud, (open, baked, retained) =>
                new CleanCommand(session, open, baked).AfterBakesAsync(retained)).ConfigureAwait(false);
        });
    });

    private static string OneOf(CommandOption option, string standard, string other) => option.Value() switch
    {
        null => standard,
        var value when value == standard || value == other => value,
        var value => throw new BakerException(ExitCode.BadInput, $"--{option.LongName} takes {standard} or {other}, not '{value}'."),
    };

    private static OnError? Answer(CommandOption option) => option.Value() switch
    {
        null => null,
        "cleanup" => OnError.Cleanup,
        "keep" => OnError.Keep,
        "retry" => OnError.Retry,
        var value => throw new BakerException(ExitCode.BadInput, $"--{option.LongName} takes cleanup, keep or retry, not '{value}'."),
    };

    private static int Number(CommandOption option, int standard) => option.Value() switch
    {
        null => standard,
        var value when int.TryParse(
            value,
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var number) && number > 0 => number,
        var value => throw new BakerException(ExitCode.BadInput, $"--{option.LongName} takes a number from 1 up, not '{value}'."),
    };
}
