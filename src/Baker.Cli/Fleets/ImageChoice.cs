using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Fleets;

/// <summary>The options by which a command is told which image to take.</summary>
internal sealed class ImageChoice
{
    private readonly CommandOption? _image;
    private readonly CommandOption? _stale;
    private readonly CommandOption? _unverified;

    private ImageChoice()
    {
    }

    private ImageChoice(CommandLineApplication command, bool withImage)
    {
        _image = !withImage ? null
            : command.Option("--image <ID>", "The image (default: the newest that is current).", CommandOptionType.SingleValue);
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
    public string? Image => _image?.Value();

    public bool AllowsStale => _stale?.HasValue() == true;

    public bool AllowsUnverified => _unverified?.HasValue() == true;

    /// <summary>What is chosen where nothing is said.</summary>
    public static ImageChoice Usual { get; } = new();

    /// <param name="withImage">Whether one image can be named: not of several groups.</param>
    public static ImageChoice On(CommandLineApplication command, bool withImage = true) => new(command, withImage);
}
