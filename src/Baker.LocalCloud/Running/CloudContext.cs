using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Signing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Running;

/// <summary>What the services of one local cloud share.</summary>
public sealed class CloudContext
{
    private readonly Lock _gate = new();
    private readonly LockMeter _meter = new();

    internal CloudContext(LocalCloudOptions options, StateStore store, SandboxHost? sandboxes, SandboxSupport support)
    {
        Key = AccessKey.In(options.StateFolder);
        Options = options;
        Named = options.Named;
        Store = store;
        Sandboxes = sandboxes;
        Support = support;
        Faults = new FaultInjector(options.Faults);
        Failures = new FailureLog(options.StateFolder, options.Time);
        Background = new BackgroundWork(failure => Failures.Add("background work", failure));
    }

    public LocalCloudOptions Options { get; }

    /// <summary>What requests are signed with.</summary>
    public AccessKey Key { get; }

    /// <summary>Where the cloud can be reached; null where nowhere but in this process.</summary>
    public Uri? Address { get; internal set; }

    /// <summary>What manifests name: it grows when one is edited, or another one is used.</summary>
    public NamedResources Named { get; internal set; }

    public StateStore Store { get; }

    public Agenda Agenda { get; } = new();

    public BackgroundWork Background { get; }

    /// <summary>What went wrong inside, and whom it concerns cannot be told.</summary>
    internal FailureLog Failures { get; }

    public FaultInjector Faults { get; }

    /// <summary>What nothing listens for, by the ARNs of the resources, each with a reason. Used under the lock.</summary>
    internal Dictionary<string, string> Silent { get; } = new(StringComparer.Ordinal);

    public SandboxSupport Support { get; }

    /// <summary>Null where instances do not execute.</summary>
    internal SandboxHost? Sandboxes { get; }

    /// <summary>Read under the lock.</summary>
    internal LockUse LockUse => _meter.Use;

    public TimeProvider Time => Options.Time;

    public Delays Delays => Options.Delays;

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    /// <summary>Runs a call's changes alone and as one transaction.</summary>
    /// <exception cref="IOException">They cannot be kept, and none of them has happened.</exception>
    public T Write<T>(Func<T> changes) => Alone(changes, waits: false);

    public void Write(Action changes) => Alone(Returning(changes), waits: false);

    /// <summary>
    /// The same for what happens by itself, whether the disk has room or not: what background work did, what time brings. Where it
    /// cannot be written it counts all the same, and is written later.
    /// </summary>
    public T Report<T>(Func<T> changes) => Alone(changes, waits: true);

    public void Report(Action changes) => Alone(Returning(changes), waits: true);

    /// <summary>When a state ends that begins now and takes so long, scaled.</summary>
    public DateTimeOffset After(DateTimeOffset now, TimeSpan delay) => now + Delays.Scaled(delay);

    private static Func<int> Returning(Action changes) => () =>
    {
        changes();
        return 0;
    };

    private T Alone<T>(Func<T> changes, bool waits)
    {
        if (_gate.IsHeldByCurrentThread)
        {
            return Store.Write(changes, waits);
        }

        var asked = LockMeter.Now();
        lock (_gate)
        {
            var got = LockMeter.Now();
            try
            {
                return Store.Write(changes, waits);
            }
            finally
            {
                _meter.Count(asked, got);
            }
        }
    }
}
