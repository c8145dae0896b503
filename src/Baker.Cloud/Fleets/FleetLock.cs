using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Parameters;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>
/// A group's lock: an SSM parameter, taken by a create-only write, kept by writes that each follow the one before.
/// See <see cref="LockRecord"/> for how two that write at once find out.
/// </summary>
public sealed class FleetLock : IHold
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);

    private readonly FleetContext _context;
    private readonly string _group;
    private readonly string _status;
    private readonly string _name;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _done = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private LockRecord _record;
    private long _version;
    private Task _beating = Task.CompletedTask;
    private bool _released;

    private FleetLock(FleetContext context, GroupName group, LockRecord record, long version)
    {
        _status = group == default ? "environment:status" : $"autoscale:status {group}";
        (_context, _group, _name, _record, _version) = (context, Whose(context, group), FleetNames.Lock(context.Scope, group),
            record, version);
    }

    public CancellationToken Lost => _lost.Token;

    /// <summary>Who took it, once it is lost.</summary>
    public LockRecord? Taker { get; private set; }

    /// <summary>When it was taken, by the cloud's clock.</summary>
    public string Since => _record.Since;

    /// <param name="interrupts">Whether a run that only waits may be interrupted: a rollback may.</param>
    /// <exception cref="BakerException">Somebody else has it; the message says who and since when.</exception>
    public static async Task<FleetLock> TakeAsync(
        FleetContext context,
        GroupName group,
        string run,
        string doing,
        bool interrupts,
        bool breakLock,
        CancellationToken stop)
    {
        var record = new LockRecord
        {
            Run = run,
            Owner = context.Operator.Name,
            Process = context.Operator.Process,
            Doing = doing,
            Lease = context.Lease,
        };
        if (context.Clock.Now is null)
        {
            // Any reply tells the time.
            await context.Pacer.SendAsync(
                context.Clients.SSM.GetParametersByPathAsync,
                new GetParametersByPathRequest { Path = FleetNames.Folder(context.Scope, group) },
                stop).ConfigureAwait(false);
        }

        for (var attempt = 0; ; attempt++)
        {
            try
            {
                record = record with { Since = Now(context), After = 0 };
                var created = await WriteAsync(context, group, () => context.Pacer.SendAsync(
                    context.Clients.SSM.PutParameterAsync,
                    Request(context, group, record, overwrite: false),
                    stop,
                    breaksOff: false)).ConfigureAwait(false);
                return Begin(context, group, record, created.Version ?? 1);
            }
            catch (ParameterAlreadyExistsException)
            {
                if (await TakeOverAsync(context, group, record, interrupts, breakLock, stop).ConfigureAwait(false) is { } taken)
                {
                    return taken;
                }
            }
            if (attempt > 5)
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"The lock of {Whose(context, group)} comes and goes; somebody else is taking it over and over.",
                    "Try again in a minute.");
            }
        }
    }

    /// <summary>Whether there is one, be it of a run that is dead.</summary>
    public static async Task<bool> IsThereAsync(FleetContext context, GroupName group, CancellationToken stop) =>
        (await HistoryAsync(context, FleetNames.Lock(context.Scope, group), stop).ConfigureAwait(false)).Count > 0;

    /// <summary>For a small change that takes no lock itself: it must not come between the steps of a run that holds one.</summary>
    /// <param name="whileItWaits">Whether a run that only waits is in the way, too.</param>
    /// <exception cref="BakerException">Somebody alive has it; the message says who and since when.</exception>
    public static async Task RefuseIfHeldAsync(FleetContext context, GroupName group, CancellationToken stop, bool whileItWaits = true)
    {
        var versions = await HistoryAsync(context, FleetNames.Lock(context.Scope, group), stop).ConfigureAwait(false);
        if (versions.Count == 0)
        {
            return;
        }

        var held = LockRules.Holder(versions.Select(each => (each.Version, each.Record)));
        var silent = context.Clock.Now - versions[^1].Written;
        if (LockRules.Judge(held, silent, Operator.IsGone(held?.Process), !whileItWaits, breakLock: false) == LockClaim.Refused)
        {
            throw Locked(context, group, held, silent, "Wait for it");
        }
    }

    /// <summary>Renews the lease: a machine that slept must not act on what it held before.</summary>
    public async Task HoldAsync(bool waiting, CancellationToken stop)
    {
        await RenewAsync(waiting, stop).ConfigureAwait(false);
        if (_lost.IsCancellationRequested)
        {
            throw Gone();
        }
    }

    public BakerException Gone() => new(
        ExitCode.CloudFailed,
        Taker switch
        {
            { Doing: "autoscale:rollback" } taker =>
                $"This {_record.Doing} of {_group} was ended by a rollback, which {taker.Owner} began at {taker.Since} (run {taker.Run}).",
            { } taker => $"Stopped: the lock {_name} was taken over by {taker.Owner} for {taker.Doing} (run {taker.Run}).",
            null => $"Stopped: the lock {_name} was taken over by a run that is over by now.",
        },
        $"This run changes nothing more; {_context.Suggested.Package(_status)} shows how it goes on.");

    /// <summary>Gives the lock back, unless it is somebody else's by now.</summary>
    public async Task ReleaseAsync(CancellationToken stop)
    {
        await StopBeatingAsync().ConfigureAwait(false);
        if (_released || _lost.IsCancellationRequested)
        {
            return;
        }

        await RenewAsync(waiting: false, stop).ConfigureAwait(false);
        if (!_lost.IsCancellationRequested)
        {
            _released = true;
            await Parameters(_context).RemoveAsync(_name, stop).ConfigureAwait(false);
        }
    }

    public async Task FarewellAsync(CancellationToken stop)
    {
        // The lock ends by itself: where nobody waits, a short outage is ridden out, and a long one is no reason to stay.
        using var bound = new CancellationTokenSource(_context.Lease, _context.Time);
        await using var hurry = stop.Register(() => bound.CancelAfter(s_farewell)).ConfigureAwait(false);
        try
        {
            await ReleaseAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            _context.Say($"the lock could not be released ({error.Message}); it ends by itself in {DurationText.Of(_context.Lease)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopBeatingAsync().ConfigureAwait(false);
        _lost.Dispose();
        _done.Dispose();
        _writing.Dispose();
    }

    private static async Task<FleetLock?> TakeOverAsync(
        FleetContext context,
        GroupName group,
        LockRecord mine,
        bool interrupts,
        bool breakLock,
        CancellationToken stop)
    {
        var versions = await HistoryAsync(context, FleetNames.Lock(context.Scope, group), stop).ConfigureAwait(false);
        if (versions.Count == 0)
        {
            return null; // released in between
        }

        var (version, written, _) = versions[^1];
        var held = LockRules.Holder(versions.Select(each => (each.Version, each.Record)));
        if (held?.Run == mine.Run && held.Process == mine.Process)
        {
            return Begin(context, group, held, version); // the reply to our own write was lost
        }

        var silent = context.Clock.Now - written;
        switch (LockRules.Judge(held, silent, Operator.IsGone(held?.Process), interrupts, breakLock))
        {
            case LockClaim.Refused:
                throw Locked(context, group, held, silent, "Wait for it, or, when you know that it is dead, say --break-lock");
            case var claim:
                context.Say(
                    $"taking the lock of {Whose(context, group)} over ({claim.ToString().ToLowerInvariant()}): "
                        + $"{held?.Describe(silent) ?? "it could not be read"}");
                break;
        }

        var record = mine with { Since = Now(context), After = version };
        var put = await WriteAsync(context, group, () => context.Pacer.SendOnceAsync(
            context.Clients.SSM.PutParameterAsync,
            Request(context, group, record, overwrite: true),
            async token => await HistoryAsync(context, FleetNames.Lock(context.Scope, group), token).ConfigureAwait(false) is [.., var last]
                && last.Record is { } written && written.Run == mine.Run && written.Process == mine.Process && written.After == version
                ? new PutParameterResponse { Version = last.Version }
                : null,
            stop,
            breaksOff: false)).ConfigureAwait(false);
        return put.Version == version + 1
            ? Begin(context, group, record, version + 1)
            : throw new BakerException(
                ExitCode.CloudFailed,
                $"Somebody else took the lock of {Whose(context, group)} at the same moment.",
                "See autoscale:status, then try again.");
    }

    private static async Task<PutParameterResponse> WriteAsync(
        FleetContext context,
        GroupName group,
        Func<Task<PutParameterResponse>> write)
    {
        try
        {
            return await write().ConfigureAwait(false);
        }
        catch (Exception error) when (error is BakerException or OperationCanceledException)
        {
            context.Say($"the lock of {Whose(context, group)} may have been taken all the same; it ends by itself in "
                + $"{DurationText.Of(context.Lease)}");
            throw;
        }
    }

    private static BakerException Locked(
        FleetContext context,
        GroupName group,
        LockRecord? held,
        TimeSpan? silent,
        string remedy) => new(
        ExitCode.CloudFailed,
        (group != default ? $"The group {group}" : context.Scope.Environment is { } environment ? $"The environment {environment}"
            : "What is in no environment")
            + $" is locked: {held?.Describe(silent) ?? "by something that Baker cannot read"}.",
        $"{remedy}. The lock is the SSM parameter {FleetNames.Lock(context.Scope, group)}.");

    private static FleetLock Begin(FleetContext context, GroupName group, LockRecord record, long version)
    {
        var taken = new FleetLock(context, group, record, version);
        taken._beating = Task.Run(taken.BeatAsync, CancellationToken.None);
        return taken;
    }

    private static string Now(FleetContext context) =>
        context.Clock.Now is { } now ? TimeText.Of(now) : "an unknown time";

    /// <summary>The group's name; without one, that of the environment as a whole.</summary>
    private static string Whose(FleetContext context, GroupName group) =>
        group != default ? group
        : context.Scope.Environment is { } environment ? $"environment {environment}"
        : "what is in no environment";

    private static PutParameterRequest Request(FleetContext context, GroupName group, LockRecord record, bool overwrite) => new()
    {
        Name = FleetNames.Lock(context.Scope, group),
        Value = record.ToText(),
        Type = ParameterType.String,
        Overwrite = overwrite,
    };

    private static async Task<List<(long Version, DateTimeOffset Written, LockRecord? Record)>> HistoryAsync(
        FleetContext context,
        string name,
        CancellationToken stop)
    {
        var versions = (await Parameters(context).HistoryAsync(name, stop).ConfigureAwait(false)).ConvertAll(each => (
            Version: each.Version ?? 0,
            Written: new DateTimeOffset(each.LastModifiedDate?.ToUniversalTime() ?? default),
            Record: LockRecord.TryParse(each.Value)));
        versions.Sort((a, b) => a.Version.CompareTo(b.Version));
        return versions;
    }

    private static SsmParameters Parameters(FleetContext context) => new(context.Clients, context.Pacer);

    private async Task RenewAsync(bool waiting, CancellationToken stop)
    {
        await _writing.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            for (var attempt = 0; attempt < 4 && !_lost.IsCancellationRequested; attempt++)
            {
                // Read first: a parameter that was deleted and made again starts its versions anew.
                await LookForTakerAsync(stop).ConfigureAwait(false);
                if (_lost.IsCancellationRequested)
                {
                    return;
                }

                var record = _record with { After = _version, Waiting = waiting };
                var put = await _context.Pacer.SendAsync(
                    _context.Clients.SSM.PutParameterAsync,
                    new PutParameterRequest { Name = _name, Value = record.ToText(), Type = ParameterType.String, Overwrite = true },
                    stop).ConfigureAwait(false);
                var expected = _version + 1;
                _record = record;
                _version = put.Version ?? expected;
                if (_version == expected)
                {
                    return;
                }
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// Where there are writes of others since ours, one that followed ours properly has the lock; others count for nothing.
    /// </summary>
    private async Task LookForTakerAsync(CancellationToken stop)
    {
        if (await Parameters(_context).FindAsync(_name, stop).ConfigureAwait(false) is not { } now)
        {
            await _lost.CancelAsync().ConfigureAwait(false);
            return;
        }

        if (now.Version == _version
            && LockRecord.TryParse(now.Value) is { } record
            && record.Run == _record.Run
            && record.Process == _record.Process)
        {
            return;
        }

        var versions = await HistoryAsync(_context, _name, stop).ConfigureAwait(false);
        var holder = LockRules.Holder(versions.Select(each => (each.Version, each.Record)));
        if (holder is null || holder.Run != _record.Run || holder.Process != _record.Process)
        {
            Taker = holder;
            await _lost.CancelAsync().ConfigureAwait(false);
            return;
        }

        _version = versions[^1].Version;
    }

    private async Task BeatAsync()
    {
        while (!_lost.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_context.Lease / 3, _context.Time, _done.Token).ConfigureAwait(false);
                await RenewAsync(_record.Waiting, _done.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error) when (CloudFailure.IsOutside(error))
            {
                _context.Say($"the lock could not be renewed: {error.Message}");
            }
        }
    }

    private async Task StopBeatingAsync()
    {
        if (!_done.IsCancellationRequested)
        {
            await _done.CancelAsync().ConfigureAwait(false);
        }

        await _beating.ConfigureAwait(false);
    }
}
