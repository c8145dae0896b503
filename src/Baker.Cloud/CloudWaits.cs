using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;

namespace Baker.Cloud;

/// <summary>The shared polls of one region, one per kind of resource.</summary>
public sealed class CloudWaits
{
    /// <summary>How many values AWS takes in one filter.</summary>
    private const int FilterValues = 200;

    private readonly CloudClients _clients;
    private readonly Pacer _pacer;

    public CloudWaits(CloudClients clients, Pacer pacer, Timings timings, TimeProvider time)
    {
        (_clients, _pacer) = (clients, pacer);
        var pace = clients.Pace;
        Instances = new(LookAtInstancesAsync, pace, timings, time, () => pacer.SpareForPolls);
        Images = new(LookAtImagesAsync, pace, timings, time, () => pacer.SpareForPolls);
        Agents = new((ids, stop) => AgentsAsync(clients, pacer, ids, stop), pace, timings, time, () => pacer.SpareForPolls);
        Invocations = new(LookAtInvocationsAsync, pace, timings, time, () => pacer.SpareForPolls);
    }

    public SharedPoll<Instance> Instances { get; }

    public SharedPoll<Image> Images { get; }

    /// <summary>Whether the SSM agent of an instance has registered.</summary>
    public SharedPoll<InstanceInformation> Agents { get; }

    /// <summary>Runs of SSM commands, by <see cref="InvocationId"/>.</summary>
    public SharedPoll<GetCommandInvocationResponse> Invocations { get; }

    /// <summary>Awaits what happens on an instance; where the instance dies meanwhile that ends the wait.</summary>
    /// <param name="died">What is thrown then, of the instance and its state.</param>
    internal async Task<T> WhileAliveAsync<T>(
        string instanceId,
        TimeSpan timeout,
        Func<Instance, string, Exception> died,
        Func<CancellationToken, Task<T>> wait,
        CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var death = Instances.UntilAsync(
            instanceId,
            instance => instance?.State?.Name?.Value is { } state && state is not ("pending" or "running")
                ? throw died(instance, state)
                : false,
            new Expectation("", timeout + TimeSpan.FromMinutes(1), "") { Every = TimeSpan.FromSeconds(15) },
            enough.Token);
        var waiting = wait(enough.Token);
        try
        {
            if (await Task.WhenAny(waiting, death).ConfigureAwait(false) == death)
            {
                await death.ConfigureAwait(false); // it never ends but by throwing why
            }

            return await waiting.ConfigureAwait(false);
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)death).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public static string InvocationId(string commandId, string instanceId) => $"{commandId}/{instanceId}";

    // By filter, not by id: a call that names an id which is not known (yet) fails for all of them.
    private async Task<IReadOnlyDictionary<string, Instance>> LookAtInstancesAsync(IReadOnlyList<string> ids, CancellationToken stop)
    {
        var found = new Dictionary<string, Instance>(StringComparer.Ordinal);
        foreach (var some in ids.Chunk(FilterValues))
        {
            var request = new DescribeInstancesRequest { Filters = [new Filter { Name = "instance-id", Values = [.. some] }] };
            var pages = _pacer.PagesAsync(_clients.EC2.DescribeInstancesAsync, request, reply => request.NextToken = reply.NextToken, stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                foreach (var instance in (page.Reservations ?? []).SelectMany(reservation => reservation.Instances ?? []))
                {
                    found[instance.InstanceId] = instance;
                }
            }
        }

        return found;
    }

    private async Task<IReadOnlyDictionary<string, Image>> LookAtImagesAsync(IReadOnlyList<string> ids, CancellationToken stop)
    {
        var found = new Dictionary<string, Image>(StringComparer.Ordinal);
        foreach (var some in ids.Chunk(FilterValues))
        {
            var request = new DescribeImagesRequest { Owners = ["self"], Filters = [new Filter { Name = "image-id", Values = [.. some] }] };
            var page = await _pacer.SendAsync(_clients.EC2.DescribeImagesAsync, request, stop).ConfigureAwait(false);
            foreach (var image in page.Images ?? [])
            {
                found[image.ImageId] = image;
            }
        }

        return found;
    }

    /// <summary>The SSM agents of these instances, by instance, as far as SSM knows them.</summary>
    internal static async Task<IReadOnlyDictionary<string, InstanceInformation>> AgentsAsync(
        CloudClients clients,
        Pacer pacer,
        IReadOnlyList<string> ids,
        CancellationToken stop)
    {
        var found = new Dictionary<string, InstanceInformation>(StringComparer.Ordinal);
        foreach (var some in ids.Chunk(50))
        {
            var request = new DescribeInstanceInformationRequest
            {
                Filters = [new InstanceInformationStringFilter { Key = "InstanceIds", Values = [.. some] }],
                MaxResults = 50,
            };
            var pages = pacer.PagesAsync(
                clients.SSM.DescribeInstanceInformationAsync,
                request,
                reply => request.NextToken = reply.NextToken,
                stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                foreach (var agent in page.InstanceInformationList ?? [])
                {
                    found[agent.InstanceId] = agent;
                }
            }
        }

        return found;
    }

    private async Task<IReadOnlyDictionary<string, GetCommandInvocationResponse>> LookAtInvocationsAsync(
        IReadOnlyList<string> ids,
        CancellationToken stop)
    {
        var answers = await Task.WhenAll(ids.Select(id => LookAtInvocationAsync(id, stop))).ConfigureAwait(false);
        return answers
            .OfType<GetCommandInvocationResponse>()
            .ToDictionary(answer => InvocationId(answer.CommandId, answer.InstanceId), StringComparer.Ordinal);
    }

    private async Task<GetCommandInvocationResponse?> LookAtInvocationAsync(string id, CancellationToken stop)
    {
        var parts = id.Split('/');
        try
        {
            var request = new GetCommandInvocationRequest { CommandId = parts[0], InstanceId = parts[1] };
            return await _pacer.SendAsync(_clients.SSM.GetCommandInvocationAsync, request, stop).ConfigureAwait(false);
        }
        catch (AmazonSimpleSystemsManagementException error) when (error.ErrorCode == "InvocationDoesNotExist")
        {
            return null; // sent, and not yet known everywhere
        }
    }
}
