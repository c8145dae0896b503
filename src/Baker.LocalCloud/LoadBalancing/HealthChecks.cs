using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Checks the targets of groups that a load balancer uses, and ends the drain of those that leave.</summary>
internal sealed class HealthChecks(
    CloudContext cloud,
    BalancingTables tables,
    Table<InstanceRecord> instances,
    Balancer balancer) : IAsyncDisposable
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_whileInitial = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, Progress> _progress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _probes = new();
    private readonly SemaphoreSlim _slots = new(64);
    private readonly CancellationTokenSource _stop = new();
    private DateTimeOffset _looked;

    /// <summary>Starts the checks that are due; not more often than twenty times a second, however many calls there are.</summary>
    public void Run(DateTimeOffset now)
    {
        if (now < _looked + s_look && now >= _looked)
        {
            return;
        }

        _looked = now;
        foreach (var group in tables.TargetGroups.All)
        {
            var targets = tables.TargetsByGroup[group.Id];
            if (targets.Count == 0)
            {
                continue;
            }

            var isUsed = balancer.IsUsed(group.Id);
            foreach (var target in targets.ToList())
            {
                if (target.DrainsUntil is { } end)
                {
                    EndDrain(target, end, now);
                }
                else if (HasLeft(group, target))
                {
                    _progress.Remove(target.Id);
                }
                else if (isUsed && group.Check.Enabled)
                {
                    CheckWhenDue(group, target, now);
                }
            }
        }
    }

    /// <summary>The address that requests to a target go to; null where it has none.</summary>
    public IPEndPoint? EndpointOf(TargetRecord target) =>
        IPAddress.TryParse(
            target.Target.StartsWith("i-", StringComparison.Ordinal)
                ? instances.Find(target.Target) is { State: "running" or "pending" or "shutting-down" } instance ? instance.Address : null
                : target.Target,
            out var address)
            ? new IPEndPoint(address, target.Port)
            : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_probes.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _slots.Dispose();
    }

    // What no longer runs gets no request at once: its address may soon be another's.
    private bool HasLeft(TargetGroupRecord group, TargetRecord target)
    {
        var state = group.TargetType == "instance" ? instances.Find(target.Target)?.State ?? "terminated" : "running";
        if (state is "running" or "pending")
        {
            return false;
        }

        if (state == "terminated")
        {
            tables.Targets.Remove(target.Id);
            balancer.TargetsChanged(target.GroupArn);
        }
        else if (target.Reason != "Target.InvalidState")
        {
            tables.Targets.Put(
                target with { State = "unhealthy", Reason = "Target.InvalidState", Description = "Target is in the stopped state" });
            balancer.TargetsChanged(target.GroupArn);
        }

        return true;
    }

    private void EndDrain(TargetRecord target, DateTimeOffset end, DateTimeOffset now)
    {
        if (now >= end)
        {
            tables.Targets.Remove(target.Id);
            _progress.Remove(target.Id);
            balancer.TargetsChanged(target.GroupArn);
        }
    }

    private void CheckWhenDue(TargetGroupRecord group, TargetRecord target, DateTimeOffset now)
    {
        if (!_progress.TryGetValue(target.Id, out var progress) || progress.RegisteredAt != target.RegisteredAt)
        {
            _progress[target.Id] = progress = new Progress(target.RegisteredAt);
        }

        if (progress.IsRunning || now < progress.Due)
        {
            return;
        }

        progress.IsRunning = true;
        var instance = instances.Find(target.Target);
        if (instance is { Executes: false })
        {
            // Nothing runs that could answer: a running instance passes. The cloud has said "not executed" already.
            Apply(
                group.Id,
                target.Id,
                progress,
                instance.State == "running"
                    ? new HealthProbe(true, null, null)
                    : new HealthProbe(false, "Target.FailedHealthChecks", "Health checks failed"));
            return;
        }

        var probe = ProbeAsync(group, target, progress);
        _probes.TryAdd(probe, 0);
        _ = probe.ContinueWith(done => _probes.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task ProbeAsync(TargetGroupRecord group, TargetRecord target, Progress progress)
    {
        await _slots.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            var result = EndpointOf(target) is { } endpoint
                ? await AskAsync(group, endpoint).ConfigureAwait(false)
                : new HealthProbe(false, "Target.FailedHealthChecks", "Health checks failed");
            cloud.Report(() => Apply(group.Id, target.Id, progress, result));
        }
        finally
        {
            _slots.Release();
        }
    }

    private Task<HealthProbe> AskAsync(TargetGroupRecord group, IPEndPoint endpoint)
    {
        var check = group.Check;
        var port = int.TryParse(check.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var own) ? own : endpoint.Port;
        var place = new IPEndPoint(endpoint.Address, port);
        var timeout = TimeSpan.FromSeconds(check.Timeout);
        return check.Protocol is "HTTP" or "HTTPS"
            ? HealthProbe.HttpAsync(
                place,
                check.Protocol == "HTTPS",
                group.SpeaksHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
                check.Path,
                check.Matcher,
                timeout,
                _stop.Token)
            : HealthProbe.TcpAsync(place, timeout, _stop.Token);
    }

    private void Apply(string groupArn, string targetId, Progress progress, HealthProbe probe)
    {
        progress.IsRunning = false;
        if (tables.TargetGroups.Find(groupArn) is not { } group
            || tables.Targets.Find(targetId) is not { IsDraining: false } target
            || target.RegisteredAt != progress.RegisteredAt)
        {
            return;
        }

        progress.Count(probe.Passed);
        var next = Judge(group.Check, target, progress, probe);
        if (next != target)
        {
            tables.Targets.Put(next);
            balancer.TargetsChanged(groupArn);
        }

        var interval = cloud.Delays.Scaled(TimeSpan.FromSeconds(group.Check.Interval));
        var wait = next.State == "initial" && interval > s_whileInitial ? s_whileInitial : interval;
        progress.Due = cloud.Now + (wait < s_shortest ? s_shortest : wait);
    }

    // The first success makes a new target healthy; one that was unhealthy needs the whole threshold.
    private static TargetRecord Judge(HealthCheck check, TargetRecord target, Progress progress, HealthProbe probe) =>
        probe.Passed
            ? target.State == "initial" || progress.Successes >= check.HealthyThreshold
                ? target with { State = "healthy", Reason = null, Description = null }
                : target
            : progress.Failures >= check.UnhealthyThreshold || target.State == "unhealthy"
                ? target with { State = "unhealthy", Reason = probe.Reason, Description = probe.Description }
                : target.State == "initial" ? target with
                {
                    Reason = "Elb.InitialHealthChecking",
                    Description = "Initial health checks in progress",
                }
            : target;

    private sealed class Progress(DateTimeOffset registeredAt)
    {
        public DateTimeOffset RegisteredAt => registeredAt;

        public DateTimeOffset Due { get; set; }

        public bool IsRunning { get; set; }

        public int Successes { get; private set; }

        public int Failures { get; private set; }

        public void Count(bool passed) => (Successes, Failures) = passed ? (Successes + 1, 0) : (0, Failures + 1);
    }
}
