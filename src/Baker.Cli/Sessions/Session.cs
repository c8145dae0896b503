using Baker.Cloud;

namespace Baker.Cli.Sessions;

/// <summary>What one invocation of <c>package</c> runs with; a test makes its own.</summary>
internal sealed record Session(
    Terminal Terminal,
    string WorkingFolder,
    Lazy<IReadOnlyDictionary<string, string>> Environment,
    TimeProvider Time,
    CancellationToken Stop)
{
    /// <summary>The secrets that are not to be seen in what is printed and logged.</summary>
    public Masks Masks { get; } = new();

    /// <summary>Cancelled a moment before <see cref="Stop"/>: a person who asks to stop is answered before the work is.</summary>
    public CancellationToken Asked { get; init; } = Stop;

    /// <summary>What is said and shown while work is under way.</summary>
    public LiveDisplay Display { get; init; } = new(Terminal, Time);

    /// <summary>What <c>--verbose</c> and <c>--log</c> ask for.</summary>
    public RunLog Log { get; } = new();

    public OpenedClouds Clouds { get; } = new();

    /// <summary>What lies between the program and a cloud in this process; nothing, unless a test puts something there.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Network { get; init; } = cloud => cloud;

    /// <summary>The same between the program and instances' SSH servers.</summary>
    public Func<SshReach, SshReach> Ssh { get; init; } = reach => reach;

    /// <summary>The answer to what must be read before it is answered: what was typed before it stands is thrown away.</summary>
    public string? Confirm(string question)
    {
        Terminal.ForgetTyped();
        return Ask(question);
    }

    /// <summary>A person's answer, as it is typed; null where no more comes. Ctrl-C ends the waiting at once.</summary>
    public string? Ask(string question)
    {
        Terminal.Error.Write(question);
        return Answered(() => Terminal.Answers!.ReadLine());
    }

    /// <summary>The same of something that is not to be seen; null where nobody is there to answer.</summary>
    public string? AskSecret(string question) =>
        Terminal.AskSecret is { } ask ? Answered(() => ask(question)) : null;

    /// <summary>All that is piped in; null where standard input is a terminal.</summary>
    public string? Piped() => Terminal.Piped is { } piped ? Stoppable(() => piped().ReadToEnd()) : null;

    /// <summary>
    /// Reads what may never come: a read cannot be ended, so it is left behind where the person stops, and ends with the process.
    /// </summary>
    public T Stoppable<T>(Func<T> read) => Task.Run(read).WaitAsync(Stop).GetAwaiter().GetResult();

    private string? Answered(Func<string?> read)
    {
        using var line = Asked.Register(() => Terminal.Error.WriteLine()); // before what others say of it: the question's line is over
        return Stoppable(read);
    }
}
