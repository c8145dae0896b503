using System.Collections.Concurrent;
using Amazon.EC2.Model;
using Baker.Cloud.Runs;

namespace Baker.Cloud.Images;

/// <summary>What all bakes of one invocation share: the cloud, the run's id and lease, and one place to ask for images.</summary>
internal sealed class BakeRun
{
    private readonly ConcurrentDictionary<string, BakeRegion> _regions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Group, string Region), string> _made = new();

    public BakeRun(CloudSession cloud, BakeOptions options, IBakeWatcher watcher, IReadOnlyCollection<string> groups)
    {
        (Cloud, Options, Watcher, Groups) = (cloud, options, watcher, groups);
        Id = RunId.New(cloud.Time);
    }

    public CloudSession Cloud { get; }

    public BakeOptions Options { get; }

    public IBakeWatcher Watcher { get; }

    /// <summary>The groups that this run bakes.</summary>
    public IReadOnlyCollection<string> Groups { get; }

    public string Id { get; }

    public RunOwner Owner { get; } = RunOwner.OfThisProcess();

    public TimeProvider Time => Cloud.Time;

    public IEnumerable<BakeRegion> Regions => _regions.Values;

    /// <summary>Keeps what image a group has by now, for those that start from it.</summary>
    public void Made(string group, string region, string image) => _made[(group, region)] = image;

    /// <summary>The image that a group of this run has by now; null where it is none of its groups, or has none there.</summary>
    public string? MadeOf(string group, string region) => _made.GetValueOrDefault((group, region));

    public Lease NewLease() => new(Cloud.Clock.UtcNow + Lease.Length, Owner);

    public BakeRegion Region(string name) => _regions.GetOrAdd(name, _ => new BakeRegion(this, Cloud.Region(name)));

    /// <summary>What is put on everything that this run makes for a group, until it is finished.</summary>
    public List<Tag> Tags(string group, string name, string id, string purpose = BakerTags.Bake) =>
    [
        new() { Key = "Name", Value = name },
        new() { Key = BakerTags.Group, Value = group },
        new() { Key = BakerTags.Run, Value = id },
        new() { Key = BakerTags.Purpose, Value = purpose },
        new() { Key = BakerTags.Lease, Value = NewLease().ToString() },
    ];
}
