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
    public LiveDisplay Display { get; } = new(Terminal, Time);

    /// <summary>What <c>--verbose</c> and <c>--log</c> ask for.</summary>
    public RunLog Log { get; } = new();

    public OpenedClouds Clouds { get; } = new();

    /// <summary>What lies between the program and a cloud in this process; nothing, unless a test puts something there.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Network { get; init; } = cloud => cloud;

    /// <summary>The same between the program and instances' SSH servers.</summary>
    public Func<SshReach, SshReach> Ssh { get; init; } = reach => reach;
}
