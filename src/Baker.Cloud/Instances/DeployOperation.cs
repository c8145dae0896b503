using System.Collections.Immutable;
using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>A deploy to the nodes of one group: sees to it that what it took out of service comes back or is named.</summary>
public sealed class DeployOperation(
    FleetContext context,
    GroupName group,
    INodeDeploy deploy,
    string run,
    DeployOptions options,
    bool breakLock,
    INodeServices? services = null) : Operation<DeployStep>
{
    /// <summary>How long an interrupt may take to bring back what is out.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(60);

    private readonly DeployReader _reader = new(context);
    private readonly NodeTraffic _traffic = new(context, run)
    {
        BeforeLeavingAsync = (nodes, stop) => services is null || options.Services.IsEmpty
            ? Task.CompletedTask
            : services.WithdrawAsync(options.Services, nodes, stop),
    };

    private readonly Dictionary<string, DeployNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeployResult> _results = new(StringComparer.Ordinal);
    private readonly HashSet<string> _out = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private DeployFacts? _facts;
    private HashSet<string>? _running;
    private bool _isLocked;

    /// <summary>The failure of a step that is its nodes' and not the deploy's: each of them is in the results.</summary>
    private Exception? _ofNodes;

    public override string Subject => group;

    private int Failures => _results.Values.Count(result => result.IsFailed);

    /// <summary>What has come of it so far.</summary>
    public DeployReport Report() => new([.. _results.Values], [.. _out.Order(StringComparer.Ordinal).Select(id => _nodes[id])]);

    public override async Task<IHold> TakeAsync(CancellationToken stop)
    {
        _facts = await LookAsync(stop).ConfigureAwait(false);
        if (!NeedsLock(_facts, options) || DeployPlan.Steps(_facts, options).IsEmpty)
        {
            return await base.TakeAsync(stop).ConfigureAwait(false);
        }

        _isLocked = true;
        return await FleetLock.TakeAsync(context, group, run, "instance:deploy", interrupts: false, breakLock, stop).ConfigureAwait(false);
    }

    public override async Task<IReadOnlyList<DeployStep>> PlanAsync(CancellationToken stop)
    {
        // Seen once more where the lock is held by now: with it, it stays true.
        _facts = _isLocked ? await LookAsync(stop).ConfigureAwait(false) : _facts ?? await LookAsync(stop).ConfigureAwait(false);
        if (!_isLocked)
        {
            _running = options.BringsBackOnly ? [] : await _reader.RunningAsync(group, stop).ConfigureAwait(false);
            return _running.Count == 0 && !options.BringsBackOnly ? [] : DeployPlan.Steps(_facts, options);
        }

        foreach (var node in _facts.Nodes)
        {
            _nodes[node.Id] = node;
            if (node.IsOut)
            {
                _out.Add(node.Id);
            }
        }

        foreach (var (node, reason) in options.Drains ? DeployPlan.Skipped(_facts) : [])
        {
            context.Say($"{node} is passed over: {reason}");
        }

        return DeployPlan.Steps(_facts, options);
    }

    public override DeployStep? Now(DeployStep step)
    {
        switch (step)
        {
            case DeployStep.TakeOut or DeployStep.Converge or DeployStep.Send when Failures > options.MaxErrors:
                Pass(step);
                return null;
            case DeployStep.Converge { IsOut: true } converge:
                ImmutableArray<string> outside = [.. converge.Nodes.Where(_out.Contains)];
                return outside.IsEmpty ? null : converge with { Nodes = outside };
            case DeployStep.BringBack back:
                ImmutableArray<string> well = [.. back.Nodes.Where(id => !_gone.Contains(id) && MayComeBack(id))];
                return well.IsEmpty ? null : back with { Nodes = well };
            case DeployStep.LetGo go when _out.Count(id => _nodes[id].Fleet == go.Fleet) is > 0 and var number:
                context.Say(
                    $"  {go.Fleet} is held on: {number} of its nodes {(number == 1 ? "is" : "are")} out of service, "
                        + "and it would launch others in their place");
                return null;
            default:
                return step;
        }
    }

    public override Task DoAsync(DeployStep step, CancellationToken stop) => step switch
    {
        DeployStep.TakeLock => Task.CompletedTask, // it is held: that is all of it
        DeployStep.Send send => SendAsync(send, stop),
        DeployStep.Hold hold => HoldAsync(hold, stop),
        DeployStep.TakeOut take => TakeOutAsync([.. take.Nodes.Select(id => _nodes[id])], stop),
        DeployStep.Converge { IsOut: true } converge => ConvergeOutAsync(converge, stop),
        DeployStep.Converge converge => ConvergeInPlaceAsync(converge, stop),
        DeployStep.BringBack back => BringBackAsync([.. back.Nodes.Select(id => _nodes[id])], stop),
        DeployStep.LetGo go => LetGoAsync(go.Fleet, stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    public override bool GoesOnAfter(DeployStep step, Exception failure) => ReferenceEquals(failure, _ofNodes);

    public override async Task CloseAsync(Exception? failure)
    {
        if (failure is OperationCanceledException && _isLocked && _facts is not null)
        {
            await ReturnAsync(_facts).ConfigureAwait(false);
        }

        SayWhatIsOut();
    }

    private async Task<DeployFacts> LookAsync(CancellationToken stop)
    {
        var facts = await _reader.ReadAsync(group, options.Drains, stop).ConfigureAwait(false);
        if (NeedsLock(facts, options))
        {
            await new JournalStore(context).RefuseDuringChangeAsync(group, stop).ConfigureAwait(false);
        }

        return facts;
    }

    private static bool NeedsLock(DeployFacts facts, DeployOptions options) => options.Drains || facts.HasLeftovers;

    private void Pass(DeployStep step)
    {
        foreach (var id in step is DeployStep.TakeOut take ? take.Nodes : step is DeployStep.Converge converge ? converge.Nodes : [])
        {
            _results.TryAdd(id, new DeployResult(group, id, DeployResult.NotBegun, ""));
        }
    }

    /// <summary>
    /// What is sent to all goes to the nodes that are reached (through SSM, those that it knows); a node that runs and is
    /// not among them did not get it.
    /// </summary>
    private async Task SendAsync(DeployStep.Send step, CancellationToken stop)
    {
        await NodeNaming.CompleteAsync(context, group, stop).ConfigureAwait(false);
        var before = _running ?? await _reader.RunningAsync(group, stop).ConfigureAwait(false);
        Take(await deploy.ToAllAsync(step.AtOnce, options.MaxErrors, stop).ConfigureAwait(false));
        before.ExceptWith(_results.Keys);
        if (before.Count > 0)
        {
            before.IntersectWith(await _reader.RunningAsync(group, stop).ConfigureAwait(false));
            Take(before.Select(id => DeployResult.OfUnreachable(group, id)));
        }

        ThrowIfFailed(_results.Keys);
    }

    private bool MayComeBack(string id) => !_results.TryGetValue(id, out var result) || result.IsDone;

    private void ThrowIfFailed(IEnumerable<string> ids)
    {
        if (ids.Where(id => _results.TryGetValue(id, out var result) && result.IsFailed).ToList() is { Count: > 0 } failed)
        {
            throw _ofNodes = new BakerException(ExitCode.CloudFailed, $"{string.Join(", ", failed)} failed.");
        }
    }

    private Task HoldAsync(DeployStep.Hold step, CancellationToken stop)
    {
        _held.Add(step.Fleet);
        return _traffic.HoldAsync(step.Fleet, step.Lowered, stop);
    }

    private async Task LetGoAsync(string fleet, CancellationToken stop)
    {
        await _traffic.LetGoAsync(fleet, stop).ConfigureAwait(false);
        _held.Remove(fleet);
    }

    private async Task TakeOutAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        await NodeNaming.CompleteAsync(context, group, stop).ConfigureAwait(false);
        if (!options.Force)
        {
            await AwaitRoomAsync(nodes, stop).ConfigureAwait(false);
        }

        _out.UnionWith(nodes.Select(node => node.Id));
        _taken.UnionWith(nodes.Select(node => node.Id));
        var standing = await _traffic.TakeOutAsync(nodes, stop).ConfigureAwait(false);
        foreach (var node in nodes.Except(standing))
        {
            // It ended, or something else took it: there is nothing to converge, and nothing to bring back.
            _out.Remove(node.Id);
            _taken.Remove(node.Id);
            _gone.Add(node.Id);
        }
    }

    /// <summary>What was planned may no longer hold: others may have fallen ill meanwhile.</summary>
    private async Task AwaitRoomAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        var ids = nodes.Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        var say = context.SayChanges();
        string? tight = null;
        if (!await context.UntilAsync(HasRoomAsync, context.HealthLimit, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"{string.Join(", ", ids)} cannot be taken out: {tight}, still after {DurationText.Of(context.HealthLimit)}.",
                "See autoscale:status; the same command goes on.");
        }

        async Task<bool> HasRoomAsync()
        {
            var targets = await new FleetReader(context).TargetsAsync(nodes[0].TargetGroups, stop).ConfigureAwait(false);
            tight = targets.SelectMany(each => each.Where(target => target.IsHealthy).Select(target => (each.Key, target.TargetGroup)))
                .GroupBy(each => each.TargetGroup, each => each.Key)
                .Where(each => each.Any(ids.Contains) && each.Count(id => !ids.Contains(id)) < DeployPlan.Floor(nodes.Length))
                .Select(each => $"only {each.Count()} are healthy in {ArnText.Name(each.Key)}")
                .FirstOrDefault();
            if (tight is not null)
            {
                say($"  waiting: {tight}");
            }

            return tight is null;
        }
    }

    private async Task ConvergeOutAsync(DeployStep.Converge step, CancellationToken stop)
    {
        // All of them are out already: that one fails is no reason not to begin another.
        await ConvergeAsync(step.Nodes, step.Nodes.Length, step.Nodes.Length, stop).ConfigureAwait(false);
        foreach (var id in step.Nodes.Where(id => !_results.TryGetValue(id, out var result) || result.IsNotBegun))
        {
            _results[id] = new DeployResult(group, id, DeployResult.Stopped, "Its converge was cancelled.");
        }

        ThrowIfFailed(step.Nodes);
    }

    private async Task ConvergeInPlaceAsync(DeployStep.Converge step, CancellationToken stop)
    {
        await ConvergeAsync(step.Nodes, step.AtOnce, options.MaxErrors - Failures, stop).ConfigureAwait(false);
        Pass(step);
        ThrowIfFailed(step.Nodes);
    }

    private async Task ConvergeAsync(IReadOnlyCollection<string> ids, int atOnce, int maxErrors, CancellationToken stop) =>
        Take(await deploy.ToAsync(ids, atOnce, maxErrors, stop).ConfigureAwait(false));

    private void Take(IEnumerable<DeployResult> results)
    {
        foreach (var result in results)
        {
            // The nodes that came back first are among all nodes too: their failure stays.
            if (!_results.TryGetValue(result.Instance, out var before) || before.IsDone)
            {
                _results[result.Instance] = result;
            }

            if (!result.IsDone && (!result.IsNotBegun || _out.Contains(result.Instance)))
            {
                context.Say($"  {result.Instance}: {result.Status}{(_out.Contains(result.Instance) ? ", stays out of service" : "")}");
            }
        }
    }

    private async Task BringBackAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        await _traffic.PutBackAsync(nodes, stop).ConfigureAwait(false);
        var say = context.SayChanges();
        Dictionary<string, string> reasons = [];
        await context.UntilAsync(AreHealthyAsync, context.HealthLimit, stop).ConfigureAwait(false);
        foreach (var (id, reason) in reasons)
        {
            _results[id] = new DeployResult(group, id, DeployResult.Unhealthy, $"After {DurationText.Of(context.HealthLimit)}: {reason}");
            context.Say($"  {id} is back, and not healthy: {reason}");
        }

        await AnnounceAsync(nodes.Where(node => !reasons.ContainsKey(node.Id)), stop).ConfigureAwait(false);
        await UnmarkAsync(nodes, stop).ConfigureAwait(false);
        ThrowIfFailed(reasons.Keys);

        async Task<bool> AreHealthyAsync()
        {
            reasons = await _traffic.NotHealthyAsync(nodes, stop).ConfigureAwait(false);
            context.Report(new ChangeProgress.Healthy(nodes.Length - reasons.Count, nodes.Length));
            if (reasons.Count > 0)
            {
                say("  " + string.Join("; ", reasons.Take(5).Select(pair => $"{pair.Key} {pair.Value}")));
            }

            return reasons.Count == 0;
        }
    }

    /// <summary>While the nodes are marked: what is killed before is done by the next run.</summary>
    private async Task AnnounceAsync(IEnumerable<DeployNode> nodes, CancellationToken stop)
    {
        if (services is not null && !options.Services.IsEmpty && nodes.Select(node => node.Id).ToList() is { Count: > 0 } ids)
        {
            await services.AnnounceAsync(options.Services, ids, stop).ConfigureAwait(false);
        }
    }

    private async Task UnmarkAsync(ImmutableArray<DeployNode> nodes, CancellationToken stop)
    {
        await _traffic.UnmarkAsync(nodes.Select(node => node.Id), stop).ConfigureAwait(false);
        _out.ExceptWith(nodes.Select(node => node.Id));
        _taken.ExceptWith(nodes.Select(node => node.Id));
    }

    /// <summary>
    /// After an interrupt: what this run took out goes back in, as it is; what an earlier one did, where it has converged since. A node
    /// that failed stays out.
    /// </summary>
    private async Task ReturnAsync(DeployFacts facts)
    {
        using var bound = new CancellationTokenSource(s_farewell, context.Time);
        try
        {
            var nodes = _out
                .Where(id => _taken.Contains(id) ? MayComeBack(id) : _results.GetValueOrDefault(id) is { IsDone: true })
                .Select(id => _nodes[id])
                .ToImmutableArray();
            if (!nodes.IsEmpty)
            {
                context.Say($"Interrupted: putting {string.Join(", ", nodes.Select(node => node.Id))} back");
                await _traffic.PutBackAsync(nodes, bound.Token).ConfigureAwait(false);
                await AnnounceAsync(nodes, bound.Token).ConfigureAwait(false);
                await UnmarkAsync(nodes, bound.Token).ConfigureAwait(false);
            }

            foreach (var fleet in facts.Fleets.Where(fleet => !_out.Any(id => _nodes[id].Fleet == fleet.Name)))
            {
                await LetGoAsync(fleet.Name, bound.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            context.Say($"That did not come to its end: {error.Message}");
        }
    }

    private void SayWhatIsOut()
    {
        if (_out.Count == 0)
        {
            foreach (var fleet in _held)
            {
                context.Say($"HELD: {fleet} does not rebalance, and its minimum is lowered");
                context.Say($"  {context.Suggested.Package($"instance:deploy {group} --bring-back")}   gives it back what it had");
            }

            return;
        }

        foreach (var node in _out.Order(StringComparer.Ordinal).Select(id => _nodes[id]))
        {
            var place = node.Fleet is { } fleet
                ? $"of {fleet} (standby)"
                : "(not in " + string.Join(", ", node.TargetGroups.Select(ArnText.Name)) + ")";
            context.Say($"OUT OF SERVICE: {node.Id} {place}");
        }

        var it = _out.Count == 1 ? "it" : "them";
        context.Say($"  {context.Suggested.Package($"instance:deploy {group} --drain")}        converges {it} again and brings {it} back");
        var they = _out.Count == 1 ? "it is" : "they are";
        context.Say($"  {context.Suggested.Package($"instance:deploy {group} --bring-back")}   brings {it} back as {they}");
    }
}
