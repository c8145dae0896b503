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

    internal CloudContext(LocalCloudOptions options, StateStore store, SandboxHost? sandboxes, SandboxSupport support)
    {
        Key = AccessKey.In(options.StateFolder);
        Options = options;
        Named = options.Named;
        Store = store;
        Sandboxes = sandboxes;
        Support = support;
        Faults = new FaultInjector(options.Faults);
    }

    public LocalCloudOptions Options { get; }

    /// <summary>What requests are signed with.</summary>
    public AccessKey Key { get; }

    /// <summary>What manifests name: it grows when one is edited, or another one is used.</summary>
    public NamedResources Named { get; internal set; }

    public StateStore Store { get; }

    public Agenda Agenda { get; } = new();

    public BackgroundWork Background { get; } = new();

    public FaultInjector Faults { get; }

    public SandboxSupport Support { get; }

    /// <summary>Null where instances do not execute.</summary>
    internal SandboxHost? Sandboxes { get; }

    public TimeProvider Time => Options.Time;

    public Delays Delays => Options.Delays;

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    /// <summary>Runs changes alone and as one transaction; background work uses it to report what it did.</summary>
    public T Write<T>(Func<T> changes)
    {
        lock (_gate)
        {
            return Store.Write(changes);
        }
    }

    public void Write(Action changes) => Write(() =>
    {
        changes();
        return 0;
    });

    /// <summary>When a state ends that begins now and takes so long, scaled.</summary>
    public DateTimeOffset After(DateTimeOffset now, TimeSpan delay) => now + Delays.Scaled(delay);
}
