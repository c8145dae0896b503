using Baker.Cloud.Communicators;
using Baker.Cloud.Fleets;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>Runs one thing on nodes of a group, through what the group is reached by, and brings the output as it comes.</summary>
/// <param name="bucket">The S3 bucket for what is too large for a command; null where there is none.</param>
/// <param name="prefix">What the keys in it begin with.</param>
public sealed class InstanceRun(CloudRegion region, FleetContext context, NodeGroup group, string run, string? bucket, string prefix)
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(2);

    /// <summary>The running nodes, the oldest first; or the oldest of those that are in service everywhere they should be.</summary>
    public async Task<IReadOnlyList<string>> NodesAsync(bool onlyOne, CancellationToken stop)
    {
        var nodes = (await new InstanceReader(context).ReadAsync([group.Name], stop).ConfigureAwait(false))
            .Where(node => node.State == "running")
            .OrderBy(node => node.Launched)
            .ThenBy(node => node.Id, StringComparer.Ordinal)
            .Select(node => node.Id)
            .ToList();
        if (!onlyOne || nodes.Count == 0)
        {
            return nodes;
        }

        var facts = await new DeployReader(context).ReadAsync(group.Name, drains: true, stop).ConfigureAwait(false);
        var healthy = facts.Nodes.Where(IsHealthy).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        return [.. nodes.Where(healthy.Contains).Take(1)];
    }

    /// <param name="payload">What is run (<see cref="Core.Artifacts.Payload"/>).</param>
    /// <param name="maxErrors">How many nodes may fail before no more are begun.</param>
    /// <param name="output">Takes each node's output, not necessarily in whole lines.</param>
    public async Task<IReadOnlyList<NodeRun>> RunAsync(
        IReadOnlyList<string> nodes,
        byte[] payload,
        int atOnce,
        int maxErrors,
        Action<string, string> output,
        CancellationToken stop)
    {
        var payloads = new PayloadCarrier(context.Clients, context.Pacer, context.Time, bucket, prefix);
        using var identity = group.Communicator == CommunicatorKind.Ssh
            ? SshIdentity.Of(OperatorsKey.Of(group, "instance:run"), context.Clients.Ssh)
            : null;
        using var places = new SemaphoreSlim(atOnce);
        var failed = 0;
        try
        {
            return await Task.WhenAll(nodes.Select(InTurnAsync)).ConfigureAwait(false);
        }
        finally
        {
            await RemoveAsync(payloads).ConfigureAwait(false);
        }

        async Task<NodeRun> InTurnAsync(string node)
        {
            await places.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                if (Volatile.Read(ref failed) > maxErrors)
                {
                    return new NodeRun(node, null, "not begun");
                }

                var end = await OnOneAsync(node, payload, payloads, identity, text => output(node, text), stop).ConfigureAwait(false);
                if (end.Code != 0)
                {
                    Interlocked.Increment(ref failed);
                }

                return end;
            }
            finally
            {
                places.Release();
            }
        }
    }

    private static bool IsHealthy(DeployNode node) =>
        !node.IsMarked && node.Lifecycle is "" or "InService" && node.Targets.All(target => target.IsHealthy);

    private async Task<NodeRun> OnOneAsync(
        string node,
        byte[] payload,
        PayloadCarrier payloads,
        SshIdentity? identity,
        Action<string> output,
        CancellationToken stop)
    {
        void Note(string text) => context.Say($"{node}: {text}");
        var outputs = new OutputCarrier(context.Clients, context.Pacer, context.Time, bucket, $"{prefix}{node}/");
        ICommunicator communicator = identity is null
            ? new SsmCommunicator(
                region,
                context.Time,
                new SsmTarget(node, group.Name, run, context.AgentLimit) { IsOfBake = false },
                payloads,
                outputs,
                Note)
            : new SshCommunicator(
                context.Clients,
                context.Pacer,
                context.Time,
                new SshTarget(node, group.Name, group.Ssh, $"{ProvisionCommand.Root}/{run}"),
                identity,
                Note);
        await using var closing = communicator.ConfigureAwait(false);
        try
        {
            await communicator.UntilReadyAsync(stop).ConfigureAwait(false);
            await communicator.SendAsync(payload, stop).ConfigureAwait(false);
            var (code, cause) = await region.Waits.WhileAliveAsync(
                node,
                s_longest,
                (_, state) => new LinkException(new IOException($"the node went to {state}")),
                enough => communicator.RunAsync(output, enough),
                stop).ConfigureAwait(false);
            return new NodeRun(node, code, code == ProvisionCommand.RebootCode ? "the node is not rebooted" : cause);
        }
        catch (Exception error) when (error is LinkException || (!stop.IsCancellationRequested && CloudFailure.IsOutside(error)))
        {
            return new NodeRun(node, null, error.Message);
        }
        finally
        {
            using var bound = new CancellationTokenSource(s_farewell, context.Time);
            await outputs.RemoveAsync(bound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RemoveAsync(PayloadCarrier payloads)
    {
        using var bound = new CancellationTokenSource(s_farewell, context.Time);
        try
        {
            await payloads.RemoveAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            context.Say($"{group.Name}: the payload could not be removed from bucket {bucket} ({error.Message})");
        }
    }
}
