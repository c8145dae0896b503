using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.Cloud.Communicators;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cloud.Images;

/// <summary>One group's bake under way: what the steps have found and made so far.</summary>
internal sealed class Bake(BakeRun run, BakeInput input, CloudRegion region)
{
    private Bake? _trial;
    private Lazy<byte[]>? _payload;

    public BakeRun Run => run;

    public BakeInput Input => input;

    public NodeGroup Group => input.Group;

    public CloudRegion Region => region;

    /// <summary>The image that the bake starts from.</summary>
    public Image? Source { get; set; }

    public string Fingerprint { get; set; } = "";

    public string? InstanceId { get; set; }

    /// <summary>How many volumes the stopped instance has; 0 where this run did not stop it.</summary>
    public int Volumes { get; set; }

    /// <summary>Takes the instance away beside the other steps, from when nothing needs its volumes any more.</summary>
    public Task Removal { get; set; } = Task.CompletedTask;

    /// <summary>Whether AWS has taken the order to terminate the instance, and removes its volumes with it.</summary>
    public bool InstanceEndsByItself { get; set; }

    /// <summary>Whether the instance was launched and is terminated: then nobody has to look for one.</summary>
    public bool InstanceIsGone { get; set; }

    /// <summary>Whether the instance is reached over SSH, and has to be.</summary>
    public bool LogsIn => !Adopted && input.Provisions && Group.Communicator == CommunicatorKind.Ssh;

    /// <summary>Whether any instance of this bake, or of its image, is reached over SSH.</summary>
    public bool NeedsAccess => LogsIn || (Verifies && Group.Communicator == CommunicatorKind.Ssh);

    /// <summary>Whether an instance of the image has to pass the group's tests.</summary>
    public bool Verifies => !input.Checks.IsEmpty && !PassedBefore;

    /// <summary>Whether the image has passed the tests as they are now already.</summary>
    public bool PassedBefore { get; set; }

    /// <summary>What the tests showed.</summary>
    public Verification? Verification { get; set; }

    /// <summary>The instance of the finished image on which the tests run: launched and reached as the one that it was made from.</summary>
    public Bake Trial => _trial ??= new Bake(run, input.Trial(), region) { IsTrial = true };

    public bool IsTrial { get; private init; }

    /// <summary>The instance of a failed bake with which this one goes on.</summary>
    public RecoveryFind? Resumed { get; set; }

    /// <summary>Such instances that nothing can go on with any more.</summary>
    public List<string> Outdated { get; } = [];

    /// <summary>Whether the instance is kept where a script fails, for the next bake to go on with.</summary>
    public bool Retries => !IsTrial && (run.Options.OnError ?? (Resumed is null ? OnError.Cleanup : OnError.Retry)) == OnError.Retry;

    /// <summary>Where the steps write down what they did; null where nobody goes on after them.</summary>
    private StepRecord? Record => Retries || Resumed is not null ? new StepRecord(Fingerprint, Resumed?.Run) : null;

    /// <summary>The id under which commands are sent to the instance.</summary>
    public string CommandRun => IsTrial ? $"{RunId}-verify" : RunId;

    /// <summary>The id that what it makes carries: each architecture of a group has its own, to be told apart.</summary>
    public string RunId => Group.Label == Group.Name ? run.Id : $"{run.Id}-{Group.Architecture!.Replace('_', '-')}";

    /// <summary>What is put on everything that the bake makes, until it is finished.</summary>
    public List<Tag> Tags(string name) =>
    [
        .. run.Tags(Group.Name, name, RunId, Purpose),
        .. run.Options.Tagging.Of(Group.Name, Group.Environment).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
    ];

    public string Purpose => IsTrial ? BakerTags.Trial : BakerTags.Bake;

    /// <summary>How the instance is reached, once it runs.</summary>
    public ICommunicator? Communicator { get; set; }

    /// <summary>What the instance is logged in to with.</summary>
    public SshIdentity? Identity { get; set; }

    /// <summary>The key pair that the bake imported, by name.</summary>
    public string? KeyName { get; set; }

    public string? KeyPairId { get; set; }

    /// <summary>The security groups that the bake made, by the subnet that is launched into; "" is the default one.</summary>
    public Dictionary<string, string> TemporaryGroups { get; } = new(StringComparer.Ordinal);

    /// <summary>What is brought to the instance, packed when it is first asked for.</summary>
    public Lazy<byte[]> Payload => _payload ??= new(() => Core.Artifacts.Payload.Pack(input, Record, listsPackages: !IsTrial));

    /// <summary>Brings the payload to the instance, and knows where it waits meanwhile.</summary>
    public PayloadCarrier Carrier { get; } = new(region.Clients, region.Pacer, run.Time, run.Options.Bucket, run.Options.BucketPrefix);

    /// <summary>Brings a long output back, and knows where it waits meanwhile.</summary>
    public OutputCarrier Output { get; } = new(region.Clients, region.Pacer, run.Time, run.Options.Bucket, run.Options.BucketPrefix);

    /// <summary>The packages that the instance has told of in the end.</summary>
    public PackageListing? Packages { get; set; }

    public string? ImageId { get; set; }

    public string? ImageName { get; set; }

    /// <summary>The image, once it is available.</summary>
    public Image? Made { get; set; }

    public ImmutableArray<string> SnapshotIds { get; set; } = [];

    /// <summary>Whether the endpoint could not tag the snapshots in the call that made them.</summary>
    public bool SnapshotsAreUntagged { get; set; }

    /// <summary>Whether the image is whole: available, copied, shared, its lease taken off. From then on no clean-up removes it.</summary>
    public bool ImageIsComplete { get; set; }

    /// <summary>The environments of an image that was there, as its tag has them.</summary>
    public string Environments { get; set; } = "";

    /// <summary>Set by a step that ends the bake early, with nothing left to do.</summary>
    public BakeOutcome? EndedAs { get; set; }

    /// <summary>Whether the image was begun by a run that died.</summary>
    public bool Adopted { get; set; }

    /// <summary>Whether the image was finished before, and is only tested.</summary>
    public bool WasComplete { get; set; }

    /// <summary>An image that is to be tested and not baked: HashiCorp Packer has just made it.</summary>
    public string? GivenImageId { get; init; }

    public List<ImageCopy> Copies { get; } = [];

    public ImmutableSortedDictionary<string, double> Seconds { get; set; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Keeps the lease on something that the bake made.</summary>
    public void Hold(string id) => Run.Region(region.Name).Hold(id);

    public void LetGo(string id) => Run.Region(region.Name).LetGo(id);

    public void Note(string text) => run.Watcher.Note(Group.Label, text);
}
