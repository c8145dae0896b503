using Baker.LocalCloud.Faults;

namespace Baker.LocalCloud.Configuration;

/// <summary>How to open a local cloud.</summary>
public sealed record LocalCloudOptions
{
    /// <summary>Where everything is kept: <c>.package</c> beside the manifest.</summary>
    public required string StateFolder { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Delays Delays { get; init; } = new();

    /// <summary>False: instances go through their states and run nothing (<c>--no-exec</c>).</summary>
    public bool Execute { get; init; } = true;

    public InstanceLimits Limits { get; init; } = new();

    /// <summary>
    /// Whether what comes over the port has to be signed with the cloud's own access key; else any signature does. What comes from this
    /// process is not checked.
    /// </summary>
    public bool ChecksSignatures { get; init; }

    public FaultPlan Faults { get; init; } = new();

    /// <summary>What the manifest names, as it is when the cloud is opened.</summary>
    public NamedResources Named { get; init; } = new();

    /// <summary>What to say to a second process about who holds the state.</summary>
    public string Holder { get; init; } = "package";

    /// <summary>Hears what a user should know and no answer of AWS's says, such as that nothing listens behind an endpoint.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>How long to wait for another process to let go of the state.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Reads <c>BAKER_LOCAL_DELAYS</c>, <c>BAKER_LOCAL_SCALE</c>, <c>BAKER_LOCAL_FAULTS</c> and <c>BAKER_LOCAL_EXEC</c> over these options.
    /// </summary>
    /// <exception cref="FormatException">One of them cannot be read; the message names it.</exception>
    public LocalCloudOptions WithEnvironment(IReadOnlyDictionary<string, string> environment) =>
        EnvironmentOptions.Apply(this, environment);
}
