using Amazon.EC2.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Manifest;

namespace Baker.Cloud.Instances;

/// <summary>Reads the instances of node groups, a thousand a page.</summary>
public sealed class InstanceReader(FleetContext context)
{
    /// <summary>The tag that tells nodes from the machines that images are baked on.</summary>
    public const string Purpose = "fleet";

    private static readonly List<string> s_states = ["pending", "running", "stopping", "stopped"];

    private static readonly List<string> s_withKept = [Purpose, BakerTags.Kept, BakerTags.Quarantined];

    /// <summary>Whether nodes were found that the scope leaves out.</summary>
    public bool SawOthers { get; private set; }

    public Task<List<NodeInstance>> ReadAsync(IReadOnlyCollection<string> groups, CancellationToken stop) =>
        ReadAsync(groups, [Purpose], [], stop);

    /// <summary>The nodes, and the instances that failed bakes of the groups, or people, left for a look.</summary>
    public Task<List<NodeInstance>> ReadWithKeptAsync(IReadOnlyCollection<string> groups, CancellationToken stop) =>
        ReadAsync(groups, s_withKept, [], stop);

    /// <summary>The same of every group, also those that no manifest here knows.</summary>
    public Task<List<NodeInstance>> ReadAllWithKeptAsync(CancellationToken stop) =>
        ReadAsync(groups: null, s_withKept, [], stop);

    /// <summary>Nodes that a drained deploy took out of service and has not brought back.</summary>
    public Task<List<NodeInstance>> ReadDrainedAsync(GroupName group, CancellationToken stop) =>
        ReadAsync([group], [Purpose], [new Filter { Name = "tag-key", Values = [FleetTags.Draining] }], stop);

    private async Task<List<NodeInstance>> ReadAsync(
        IReadOnlyCollection<string>? groups,
        List<string> purposes,
        List<Filter> more,
        CancellationToken stop)
    {
        var wanted = groups?.ToHashSet(StringComparer.Ordinal);
        var request = new DescribeInstancesRequest
        {
            MaxResults = 1000,
            Filters =
            [
                // One group is asked for by name; of many, all come and the others are left out: filters take 200 values.
                groups is { Count: 1 }
                    ? new Filter { Name = "tag:" + BakerTags.Group, Values = [.. groups] }
                    : new Filter { Name = "tag-key", Values = [BakerTags.Group] },
                new Filter { Name = "tag:" + BakerTags.Purpose, Values = purposes },
                new Filter { Name = "instance-state-name", Values = s_states },
                .. context.Scope.Instances,
                .. more,
            ],
        };
        var found = new List<NodeInstance>();
        var pages = context.Pacer.PagesAsync(
            context.Clients.EC2.DescribeInstancesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            var all = (page.Reservations ?? [])
                .SelectMany(reservation => reservation.Instances ?? [])
                .Select(instance => View(instance) with { Region = context.Clients.Region })
                .Where(instance => wanted is null || wanted.Contains(instance.Group))
                .ToList();
            var seen = all.FindAll(instance => context.Scope.Has(instance.Environment));
            SawOthers |= seen.Count < all.Count;
            found.AddRange(seen);
        }

        return found;
    }

    private static NodeInstance View(Instance instance)
    {
        var tags = instance.Tags ?? [];
        string? Tag(string key) => tags.Find(tag => tag.Key == key)?.Value;
        return new NodeInstance
        {
            Id = instance.InstanceId,
            Group = Tag(BakerTags.Group) ?? "",
            Environment = Tag(BakerTags.Environment),
            Name = Tag("Name") ?? "",
            State = instance.State?.Name?.Value ?? "",
            Launched = new DateTimeOffset(instance.LaunchTime?.ToUniversalTime() ?? default, TimeSpan.Zero),
            Type = instance.InstanceType?.Value ?? "",
            Zone = instance.Placement?.AvailabilityZone ?? "",
            Image = instance.ImageId ?? "",
            PrivateAddress = Text(instance.PrivateIpAddress),
            PublicAddress = Text(instance.PublicIpAddress),
            Key = Text(instance.KeyName),
            Fleet = Tag("aws:autoscaling:groupName"),
            Joined = [.. (Tag(FleetTags.Joined) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            IsKeptBake = Tag(BakerTags.Purpose) == BakerTags.Kept,
            Quarantine = Tag(FleetTags.Quarantine),
            DrainedBy = Tag(FleetTags.Draining),
            Registrations = Tag(FleetTags.Targets),
        };
    }

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
