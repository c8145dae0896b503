using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Fleets;

/// <summary>The options by which a command is told which image to take.</summary>
internal sealed class ImageChoice
{
    private readonly CommandOption _image;
    private readonly CommandOption _stale;
    private readonly CommandOption _unverified;

    private ImageChoice(CommandLineApplication command)
    {
        _image = command.Option("--image <ID>", "The image (default: the newest that is current).", CommandOptionType.SingleValue);
        _stale = command.Option(
            "--allow-stale",
            "Take the newest image although the group has changed since.",
            CommandOptionType.NoValue);
        _unverified = command.Option(
            "--allow-unverified",
            "Take an image that has not passed the tests that its group asks for.",
            CommandOptionType.NoValue);
    }

    /// <summary>The image that was named.</summary>
    public string? Image => _image.Value();

    public bool AllowsStale => _stale.HasValue();

    public bool AllowsUnverified => _unverified.HasValue();

    public static ImageChoice On(CommandLineApplication command) => new(command);
}
