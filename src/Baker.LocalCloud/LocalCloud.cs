using System.Net;
using System.Net.Sockets;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Notifications;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Serving;
using Baker.LocalCloud.Signing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud;

/// <summary>
/// The embedded cloud: AWS's wire protocols, answered in this process or served over loopback, with its state in a folder.
/// </summary>
public sealed class LocalCloud : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// What a local cloud keeps in its state folder, and a reset removes. Others keep things beside it: caches, logs,
    /// timings.
    /// </summary>
    private static readonly string[] s_own =
    [
        "state.jsonl", "state.jsonl.new", "holder.json", "serve.json", "instances", "snapshots", "images", "objects", "scripts",
        Mailbox.FileName,
    ];

    private readonly StateLock _lock;
    private readonly Front _front;
    private readonly ITimer _timer;
    private readonly CloudServer? _instances;
    private CloudServer? _server;
    private int _ticking;

    private LocalCloud(StateLock held, CloudContext context, Front front)
    {
        _lock = held;
        Context = context;
        _front = front;
        _instances = context.Sandboxes is null ? null : ListenToInstances();
        context.Address = _instances?.Address;
        _timer = context.Time.CreateTimer(_ => Tick(), null, s_tick, s_tick);
    }

    /// <summary>What requests are signed with.</summary>
    public AccessKey Key => Context.Key;

    /// <summary>Whether instances run for real, and if not, why.</summary>
    public SandboxSupport Support => Context.Support;

    /// <summary>How the command before ended, where it did not close the cloud.</summary>
    public UncleanEnd? Before { get; private init; }

    /// <summary>How long what is under way may take to end when the cloud closes.</summary>
    public TimeSpan Patience
    {
        get => Context.Background.Patience;
        set => Context.Background.Patience = value;
    }

    internal CloudContext Context { get; }

    /// <exception cref="StateBusyException">Another process has the state.</exception>
    /// <exception cref="StateDamagedException">The state cannot be read.</exception>
    public static async Task<LocalCloud> OpenAsync(LocalCloudOptions options, CancellationToken stop)
    {
        var folders = new SandboxFolders(options.StateFolder);
        var held = await StateLock.TakeAsync(folders.State, options.Holder, options.LockWait, options.Time, stop).ConfigureAwait(false);
        try
        {
            StateFolder.Make(folders.State);
            var support = options.Execute ? await SandboxSupport.ProbeAsync(folders.State, stop).ConfigureAwait(false) : SandboxSupport.Off;
            var host = support.Mode == SandboxMode.None ? null : new SandboxHost(folders, support, options.Limits);
            var context = new CloudContext(options with { StateFolder = folders.State }, new StateStore(folders.State), host, support);
            var before = held.Unclean is { } holder ? await UncleanEnd.OfAsync(holder, stop).ConfigureAwait(false) : null;
            return new LocalCloud(held, context, new Front(context, Services.Make(context))) { Before = before };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether a state folder holds a local cloud.</summary>
    public static bool IsIn(string stateFolder) => s_own.Any(name => Path.Exists(Path.Combine(stateFolder, name)));

    /// <summary>Ends every instance of a state folder and removes the local cloud from it; what others keep there stays.</summary>
    /// <exception cref="StateBusyException">Another process has the state.</exception>
    public static async Task ResetAsync(LocalCloudOptions options, CancellationToken stop)
    {
        var folders = new SandboxFolders(options.StateFolder);
        if (!Directory.Exists(folders.State))
        {
            return;
        }

        // A folder in the lock's place locks nothing.
        await HostCommand.RemoveFolderAsync(Path.Combine(folders.State, "lock"), stop).ConfigureAwait(false);
        using var held = await StateLock.TakeAsync(
            folders.State,
            options.Holder,
            options.LockWait,
            options.Time,
            stop).ConfigureAwait(false);
        var instances = Path.Combine(folders.State, "instances");
        foreach (var folder in Directory.Exists(instances) ? Directory.GetDirectories(instances) : [])
        {
            if (SandboxHost.Adopt(folders, Path.GetFileName(folder)) is { } alive)
            {
                await SandboxHost.StopAsync(alive, force: true, stop).ConfigureAwait(false);
            }
        }

        // The lock's own file stays: whoever waits for it has it open.
        foreach (var entry in s_own
            .Select(name => Path.Combine(folders.State, name))
            .Concat(Directory.GetDirectories(folders.State, "trial-*")))
        {
            await HostCommand.RemoveFolderAsync(entry, stop).ConfigureAwait(false);
            File.Delete(entry);
        }
    }

    /// <summary>
    /// A large cloud on a busy host may take longer than a tick: the next ones are left out, so that they do not queue up
    /// before the calls.
    /// </summary>
    private void Tick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) == 1)
        {
            return;
        }

        try
        {
            _front.Tick();
        }
#pragma warning disable CA1031 // nobody above could take it: it would end the process
        catch (Exception failure)
        {
            // The next tick tries again, and calls say what is wrong.
            Context.Failures.Add("a tick", failure);
        }
#pragma warning restore CA1031
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    /// <summary>For <c>HttpClient</c>s of this process. Every request needs an AWS signature, which is not checked.</summary>
    public HttpMessageHandler CreateHandler() => new InProcessHandler(_front.Answer);

    /// <summary>Opens the loopback listener, or gives the address of the open one. Port 0 is any.</summary>
    public Uri Listen(int port = 0) => Context.Address = (_server ??= new CloudServer(
        new IPEndPoint(IPAddress.Loopback, port),
        _front.Answer,
        _front.Refuse,
        Context.Options.ChecksSignatures ? new SignatureCheck(Key, Context.Time) : null)).Address;

    /// <summary>Replaces the faults that are carried out.</summary>
    public void UseFaults(FaultPlan plan) => Context.Write(() => Context.Faults.Use(plan));

    /// <summary>Opens the way from the instances to the cloud, where they look for it.</summary>
    private CloudServer? ListenToInstances()
    {
        try
        {
            return new CloudServer(
                InstanceEndpoint.Of(Context.Options.StateFolder),
                _front.Answer,
                _front.Refuse,
                new SignatureCheck(Key, Context.Time),
                _front.Metadata);
        }
        catch (SocketException error)
        {
            // Another program has the port: instances run, and nobody answers them.
            Context.Failures.Add("the metadata service", error);
            return null;
        }
    }

    public LocalCloudStatus Status() => _front.Status();

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        foreach (var server in new[] { _server, _instances }.OfType<CloudServer>())
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        await _front.StopAsync().ConfigureAwait(false);
        await Context.Background.DisposeAsync().ConfigureAwait(false);
        _front.Close();
        Context.Store.Dispose();
        _lock.Dispose();
    }
}
