using Baker.Cloud.Fleets;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Completing;

/// <summary>What may stand where somebody types: commands, options, and the names that the project knows.</summary>
/// <param name="names">What the project knows; asked only for what is needed.</param>
internal sealed class Completion(CommandLineApplication app, IProjectNames names)
{
    /// <summary>The answer that has the shell offer files.</summary>
    public const string Files = ":files";

    /// <param name="words">What was typed behind the program's name; the last word, which may be empty, is the one to complete.</param>
    public IEnumerable<Candidate> For(IReadOnlyList<string> words)
    {
        var typed = words.Count > 0 ? words[^1] : "";
        return (words.Count <= 1 ? Commands(typed) : After(words, typed))
            .Where(candidate => candidate.Word == Files || candidate.Word.StartsWith(typed, StringComparison.Ordinal));
    }

    private IEnumerable<Candidate> Commands(string typed) => typed.StartsWith('-')
        ? [new("--help", "Show all commands."), new("--version", "Show the version.")]
        : Visible(app);

    private IEnumerable<Candidate> After(IReadOnlyList<string> words, string typed)
    {
        var command = Find(app, words[0]);
        var at = 1;
        while (at < words.Count - 1 && command is not null && Find(command, words[at]) is { } action)
        {
            (command, at) = (action, at + 1);
        }

        if (command is null)
        {
            return [];
        }

        var (given, positionals, open) = Read(command, words, at);
        names.Given(given);
        if (open is not null)
        {
            return Values(open);
        }

        if (typed.StartsWith("--", StringComparison.Ordinal) && typed.Contains('=', StringComparison.Ordinal))
        {
            var name = typed[..typed.IndexOf('=', StringComparison.Ordinal)];
            return Option(command, name) is { } option
                ? Values(option).Where(value => value.Word != Files).Select(value => value with { Word = $"{name}={value.Word}" })
                : [];
        }

        return typed.StartsWith('-') ? Options(command, given)
            : command.Commands.Count > 0 ? Visible(command)
            : Arguments(command, positionals);
    }

    private static IEnumerable<Candidate> Visible(CommandLineApplication command) => command.Commands
        .Where(each => each.ShowInHelpText && each.Name is not null)
        .Select(each => new Candidate(each.Name!, each.Description ?? ""));

    private static CommandLineApplication? Find(CommandLineApplication command, string name) =>
        command.Commands.FirstOrDefault(each => each.Names.Contains(name));

    /// <summary>The options given with their values, the words that are no options, and the option that waits for its value.</summary>
    private static (List<(CommandOption Option, string? Value)> Given, List<string> Words, CommandOption? Open) Read(
        CommandLineApplication command,
        IReadOnlyList<string> words,
        int from)
    {
        var given = new List<(CommandOption Option, string? Value)>();
        var positionals = new List<string>();
        CommandOption? open = null;
        foreach (var word in words.Skip(from).SkipLast(1))
        {
            if (open is not null)
            {
                given.Add((open, word));
                open = null;
            }
            else if (word.StartsWith('-') && Option(command, word.Split('=')[0]) is { } option)
            {
                var equals = word.IndexOf('=', StringComparison.Ordinal);
                var waits = equals < 0 && option.OptionType is not (CommandOptionType.NoValue or CommandOptionType.SingleOrNoValue);
                open = waits ? option : null;
                if (!waits)
                {
                    given.Add((option, equals < 0 ? null : word[(equals + 1)..]));
                }
            }
            else if (!word.StartsWith('-'))
            {
                positionals.Add(word);
            }
        }

        return (given, positionals, open);
    }

    private static CommandOption? Option(CommandLineApplication command, string word)
    {
        var name = word.TrimStart('-');
        return command.GetOptions().FirstOrDefault(option => word.StartsWith("--", StringComparison.Ordinal)
            ? option.LongName == name
            : option.ShortName == name || option.SymbolName == name);
    }

    private static IEnumerable<Candidate> Options(
        CommandLineApplication command,
        List<(CommandOption Option, string? Value)> given) => command.GetOptions()
            .Where(option => option is { ShowInHelpText: true, LongName.Length: > 0 }
                && (option.OptionType == CommandOptionType.MultipleValue || given.TrueForAll(each => each.Option != option)))
            .Select(option => new Candidate("--" + option.LongName, option.Description ?? ""));

    private IEnumerable<Candidate> Values(CommandOption option) => option switch
    {
        { ValueName: { } choices } when choices.Contains('|', StringComparison.Ordinal) => Words(choices),
        { LongName: "environment" } => Words(names.Environments()),
        { LongName: "image" } => names.Images(),
        { ValueName: "GROUP", LongName: "group" } => Words(names.Groups()),
        { ValueName: "SERVICE" } => Words(names.Services()),
        { ValueName: "PATH" or "FILE" or "DIR" } => [new(Files)],
        { ValueName: "WHAT" } => [new("asg"), new("launch-template"), new(Files)],
        _ => [],
    };

    private IEnumerable<Candidate> Arguments(CommandLineApplication command, List<string> words)
    {
        var arguments = command.Arguments;
        if (arguments.Count == 0)
        {
            return [];
        }

        var argument = arguments[Math.Min(words.Count, arguments.Count - 1)];
        if (words.Count >= arguments.Count && !argument.MultipleValues)
        {
            return [];
        }

        IEnumerable<Candidate> all = argument.Name switch
        {
            { } choices when choices.Contains('|', StringComparison.Ordinal) => Words(choices),
            "group" => Words(names.Groups()),
            "environment" or "first" or "second" => Words(names.Environments()),
            "service" => Words(names.Services()),
            "process" => Words(ScalingProcesses.All),
            "command" => Visible(app),
            "image" or "other" => names.Images(),
            "id" when command.Name == "change:show" => Words(names.Changes()),
            "instance" when command.Name is "instance:shell" or "instance:forward" => Words(names.Groups()),
            "file" or "from" or "to" => [new(Files)],
            _ => [],
        };
        return all.Where(candidate => !words.Contains(candidate.Word));
    }

    private static IEnumerable<Candidate> Words(string choices) => Words(choices.Split('|'));

    private static IEnumerable<Candidate> Words(IEnumerable<string> words) => words.Select(word => new Candidate(word));
}
