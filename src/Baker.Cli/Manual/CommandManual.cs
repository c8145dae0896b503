using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Manual;

/// <summary>All that there is to say of one command: what its help, its man page and the reference show.</summary>
internal sealed record CommandManual(
    string Name,
    string Summary,
    string Usage,
    IReadOnlyList<ManualEntry> Arguments,
    IReadOnlyList<ManualEntry> Options,
    string Text,
    IReadOnlyList<ManualEntry> Examples,
    IReadOnlyList<ManualEntry> ExitCodes,
    IReadOnlyList<ManualEntry> Variables)
{
    /// <summary>How the text of an argument says what holds where it is left out.</summary>
    private static readonly string[] s_otherwise = ["(default: ", "where none is named", "without one", "With --"];

    public static CommandManual Of(CommandLineApplication command)
    {
        var name = NameOf(command);
        var options = command.GetOptions().Where(option => option.ShowInHelpText).ToList();
        var text = (command.ExtendedHelpText ?? "").Replace("\r", "", StringComparison.Ordinal).Trim('\n');
        return new(
            name,
            command.Description ?? "",
            UsageOf(command),
            command.Commands.Count > 0
                ? [.. command.Commands.Select(action => new ManualEntry(Words([action.Name ?? ""], action), action.Description ?? ""))]
                : [.. command.Arguments.Select(argument => new ManualEntry(Placeholder(argument), argument.Description ?? ""))],
            [.. options.Select(option => new ManualEntry(Term(option), Sentence(option)))],
            text,
            CommandExamples.Of(name),
            [.. Codes(command, options, text)],
            [.. Names(name, options)]);
    }

    /// <summary>Those that people type, as <c>package --help</c> lists them.</summary>
    public static IEnumerable<CommandManual> OfAll(CommandLineApplication app) =>
        app.Commands.Where(command => command.ShowInHelpText).Select(Of);

    /// <summary>A command with those that it stands in.</summary>
    public static string NameOf(CommandLineApplication command) => command.Parent?.Parent is null
        ? command.Name ?? ""
        : $"{NameOf(command.Parent)} {command.Name}";

    /// <summary>What an argument is called where it stands for a word that is typed.</summary>
    public static string Placeholder(CommandArgument argument)
    {
        var name = argument.Name ?? "";
        return (name.Contains('|', StringComparison.Ordinal) ? name : name.ToUpperInvariant()) + (argument.MultipleValues ? " ..." : "");
    }

    /// <summary>How a command is called, in a line.</summary>
    public static string UsageOf(CommandLineApplication command) => Words(["package", NameOf(command)], command) + " [options]";

    private static string Words(IEnumerable<string> first, CommandLineApplication command) => string.Join(' ', first.Concat(
        command.Commands.Count > 0
            ? [string.Join('|', command.Commands.Select(action => action.Name))]
            : command.Arguments.Select(argument => IsOptional(argument) ? $"[{Placeholder(argument)}]" : Placeholder(argument))));

    /// <summary>Its own text says what holds where it is left out.</summary>
    private static bool IsOptional(CommandArgument argument) =>
        s_otherwise.Any(words => argument.Description?.Contains(words, StringComparison.Ordinal) == true);

    private static string Term(CommandOption option)
    {
        string[] names =
        [
            .. option.SymbolName is { Length: > 0 } symbol ? new[] { "-" + symbol } : [],
            .. option.ShortName is { Length: > 0 } letter ? new[] { "-" + letter } : [],
            .. option.LongName is { Length: > 0 } word ? new[] { "--" + word } : [],
        ];
        return string.Join(", ", names) + (option.ValueName is not { Length: > 0 } value ? ""
            : option.OptionType == CommandOptionType.SingleOrNoValue ? $" [{value}]"
            : $" <{value}>");
    }

    // The library's own words for its own option.
    private static string Sentence(CommandOption option) =>
        option.LongName == "help" ? "Show this help." : option.Description ?? "";

    private static IEnumerable<ManualEntry> Codes(CommandLineApplication command, List<CommandOption> options, string text)
    {
        var words = string.Join('\n', options.Select(option => option.Description ?? "").Append(command.Description).Append(text));
        var onCloud = options.Exists(option => option.LongName == "cloud");
        yield return new("0", "done");
        yield return new("1", "the arguments, the manifest or a file of the project are wrong");
        if (options.Exists(option => option.LongName is "dry-run" or "check") || words.Contains("exit 2", StringComparison.Ordinal))
        {
            yield return new("2", "there is something to change");
        }

        if (onCloud)
        {
            yield return new("3", "the cloud refused or failed");
        }

        if (options.Exists(option => option.LongName == "wait")
            || words.Contains("exit 4", StringComparison.OrdinalIgnoreCase)
            || words.Contains("exit code 4", StringComparison.OrdinalIgnoreCase))
        {
            yield return new("4", "something did not come in time, or is not healthy");
        }

        yield return new("130", "interrupted");
    }

    private static IEnumerable<ManualEntry> Names(string name, List<CommandOption> options)
    {
        if (options.Exists(option => option.LongName == "environment"))
        {
            yield return new("BAKER_ENVIRONMENT", "the environment, where --environment does not say it");
        }

        if (options.Exists(option => option.LongName == "cloud"))
        {
            yield return new("AWS_PROFILE, AWS_REGION, ...", "whose account, as AWS's own tools read it");
            yield return new("AWS_ENDPOINT_URL", "another cloud than AWS's");
        }

        if (name.StartsWith("service:", StringComparison.Ordinal))
        {
            yield return new("BAKER_ETCD_PASSWORD", "the password of the catalogue's user");
        }

        if (name == "config:edit")
        {
            yield return new("VISUAL, EDITOR", "the editor");
        }

        if (name.StartsWith("local:", StringComparison.Ordinal))
        {
            yield return new("BAKER_LOCAL_SCALE", "how long waits take: 0.1 is a tenth");
            yield return new("BAKER_LOCAL_EXEC", "0 runs nothing on instances");
        }
    }
}
