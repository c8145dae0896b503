namespace Baker.Cli.Sessions;

/// <summary>What one invocation of <c>package</c> runs with; a test makes its own.</summary>
internal sealed record Session(
    Terminal Terminal,
    string WorkingFolder,
    Lazy<IReadOnlyDictionary<string, string>> Environment,
    TimeProvider Time,
    CancellationToken Stop);
