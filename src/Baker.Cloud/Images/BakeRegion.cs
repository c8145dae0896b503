using System.Collections.Concurrent;
using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.Cloud.Launching;
using Baker.Cloud.Waiting;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Images;

/// <summary>What the bakes of one run do together in one region: look-ups asked once, changes sent in batches.</summary>
internal sealed class BakeRegion
{
    private readonly ConcurrentDictionary<string, byte> _leased = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Image>>> _sources = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<ImmutableArray<string>>>> _securityGroups = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Verification, Batch> _verifications = new();
    private Task? _firstImage;
    private int _baking;

    public BakeRegion(BakeRun run, CloudRegion cloud)
    {
        Run = run;
        Cloud = cloud;
        Recovery = new Recovery(this);
        var ec2 = cloud.Clients.EC2;
        var pacer = cloud.Pacer;
        Stops = new(async (ids, stop) => await pacer.SendAsync(
            ec2.StopInstancesAsync,
            new StopInstancesRequest { InstanceIds = [.. ids] },
            stop).ConfigureAwait(false), () => _baking, run.Time);
        Terminations = new(async (ids, stop) => await pacer.SendAsync(
            ec2.TerminateInstancesAsync,
            new TerminateInstancesRequest { InstanceIds = [.. ids] },
            stop).ConfigureAwait(false), () => _baking, run.Time);
        Releases = new(
            async (ids, stop) => await pacer.SendAsync(
                ec2.DeleteTagsAsync,
                new DeleteTagsRequest { Resources = [.. ids], Tags = [new Tag { Key = BakerTags.Lease }] },
                stop).ConfigureAwait(false),
            () => _baking,
            run.Time);
    }

    public BakeRun Run { get; }

    public CloudRegion Cloud { get; }

    public Batch Stops { get; }

    public Batch Terminations { get; }

    /// <summary>Takes the lease off what is finished.</summary>
    public Batch Releases { get; }

    /// <summary>What dead runs left, looked up once, when it is first asked for.</summary>
    public Recovery Recovery { get; }

    /// <summary>Resources whose lease this run keeps alive.</summary>
    public ICollection<string> Leased => _leased.Keys;

    /// <summary>Whether snapshots can be tagged in the call that makes them. AWS can, not every other endpoint.</summary>
    public bool TagsSnapshots { get; set; } = true;

    /// <summary>Makes an image; the run's first alone, for what it learns of the endpoint the others need not.</summary>
    public async Task MakeImageAsync(Func<Task> make, CancellationToken stop)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _firstImage, first.Task, null) is { } earlier)
        {
            await earlier.WaitAsync(stop).ConfigureAwait(false);
        }

        try
        {
            await make().ConfigureAwait(false);
        }
        finally
        {
            first.TrySetResult();
        }
    }

    /// <summary>Counts a bake as under way: batches wait for all that are.</summary>
    public void Enter() => Interlocked.Increment(ref _baking);

    public void Leave() => Interlocked.Decrement(ref _baking);

    public void Hold(string id) => _leased.TryAdd(id, 0);

    public void LetGo(string id) => _leased.TryRemove(id, out _);

    /// <summary>Takes the lease off an image and its snapshots: from here on it counts as finished.</summary>
    public async Task FinishAsync(string imageId, IEnumerable<string> snapshotIds, CancellationToken stop)
    {
        await Releases.AddAsync([.. snapshotIds, imageId], stop).ConfigureAwait(false);
        LetGo(imageId);
    }

    /// <summary>Tags images with what their tests showed, in one call for all whose tests are the same.</summary>
    public Task TellAsync(Verification verification, IReadOnlyList<string> imageIds, CancellationToken stop) =>
        _verifications.GetOrAdd(
            verification,
            _ => new Batch(
                async (ids, token) => await Cloud.Pacer.SendAsync(
                    Cloud.Clients.EC2.CreateTagsAsync,
                    new CreateTagsRequest
                    {
                        Resources = [.. ids],
                        Tags = [new Tag { Key = BakerTags.Verification, Value = verification.ToString() }],
                    },
                    token).ConfigureAwait(false),
                () => _baking,
                Run.Time)).AddAsync(imageIds, stop);

    /// <summary>Writes down on an image of other environments that it is this one's, too.</summary>
    public async Task AddEnvironmentAsync(Bake bake, EnvironmentName environment, CancellationToken stop)
    {
        if (bake.Environments.Length > 0 && !bake.Environments.Split(' ').Contains(environment.ToString()))
        {
            await Cloud.Pacer.SendAsync(
                Cloud.Clients.EC2.CreateTagsAsync,
                new CreateTagsRequest
                {
                    Resources = [bake.ImageId],
                    Tags = [new Tag { Key = BakerTags.Environment, Value = $"{bake.Environments} {environment}" }],
                },
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>The ids of a group's security groups, looked up once for all groups that name the same in one VPC.</summary>
    public Task<ImmutableArray<string>> SecurityGroupsAsync(NodeGroup group, string? subnetId, CancellationToken stop) =>
        _securityGroups.GetOrAdd(
            string.Join('\n', group.SecurityGroups.Prepend(subnetId ?? group.VpcId ?? "")),
            _ => new Lazy<Task<ImmutableArray<string>>>(() =>
                new SecurityGroups(Cloud.Clients, Cloud.Pacer).IdsAsync(group, subnetId, stop))).Value;

    /// <summary>Resolves a source image once for all groups that name the same.</summary>
    public Task<Image> SourceAsync(string key, Func<Task<Image>> resolve) =>
        _sources.GetOrAdd(key, _ => new Lazy<Task<Image>>(resolve)).Value;
}
