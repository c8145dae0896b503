using System.Collections.Immutable;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Merging;

/// <summary>One merged group, read into typed values; what every artefact, bake and fleet is made from.</summary>
public sealed record NodeGroup
{
    public required GroupName Name { get; init; }

    /// <summary>The environment that it is the group of; null where that is none.</summary>
    public EnvironmentName? Environment { get; init; }

    /// <summary>Every merged attribute as it stands, in document order, base first; what templates see.</summary>
    public required JObject Attributes { get; init; }

    public string Description { get; init; } = "";

    /// <summary>How its images are named; null: after the group and the time.</summary>
    public string? ImageName { get; init; }

    public string Type { get; init; } = "amazon-ebs";

    public string Region { get; init; } = "us-east-1";

    /// <summary>The types to try in order; the first is <c>instance_type</c>, the rest <c>instance_types</c>.</summary>
    public ImmutableArray<string> InstanceTypes { get; init; } = [];

    public SourceImage? Source { get; init; }

    /// <summary>What the group's machines are by architecture; empty where it is baked for whatever its source image is for.</summary>
    public ImmutableArray<MachineKind> Kinds { get; init; } = [];

    /// <summary>The architecture that this is the group for; null where it is the group for all that it has.</summary>
    public string? Architecture { get; init; }

    /// <summary>The group as it is for each architecture, each of which has an image of its own.</summary>
    public IReadOnlyList<NodeGroup> Variants => Kinds.Length == 0 || Architecture is not null
        ? [this]
        : [.. Kinds.Select(kind => this with
        {
            Architecture = kind.Architecture,
            InstanceTypes = kind.InstanceTypes,
            Source = kind.Source,
        })];

    /// <summary>Its name, and of a group with several architectures this one's: no group's name has an @.</summary>
    public string Label => Architecture is { } one && Kinds.Length > 1 ? $"{Name}@{one}" : Name;

    public ImmutableArray<string> SecurityGroups { get; init; } = [];

    /// <summary>The base's, the group's, then the post run lists.</summary>
    public ImmutableArray<string> RunList { get; init; } = [];

    /// <summary>What its DNA files say beside the run list: attributes of the node's own; null where nothing.</summary>
    public JObject? Dna { get; init; }

    /// <summary>
    /// The secret of encrypted data bags: a file that is on an instance while Chef runs; relative to the manifest's folder, or
    /// absolute.
    /// </summary>
    public string? DataBagSecretFile { get; init; }

    /// <summary>The source trees that are on an instance before the scripts run.</summary>
    public ImmutableArray<CodeSource> Code { get; init; } = [];

    /// <summary>Scripts of the repository, run in this order; paths relative to the manifest's folder.</summary>
    public ImmutableArray<ScriptCall> Provision { get; init; } = [];

    /// <summary>Whether a script with the line endings of Windows is a mistake; else it is sent with those of Unix.</summary>
    public bool RefusesWindowsLines { get; init; }

    /// <summary>Scripts by name that <c>instance:run</c> runs on nodes.</summary>
    public ImmutableArray<KeyValuePair<string, ScriptCall>> Tasks { get; init; } = [];

    /// <summary>Whether anything is to run on an instance before it becomes the image.</summary>
    public bool Provisions => Provision.Length > 0 || RunList.Length > 0 || Code.Length > 0 || Config is not null;

    /// <summary>Scripts of the repository that an instance of the finished image must pass before a fleet may have it.</summary>
    public ImmutableArray<ScriptCall> Verify { get; init; } = [];

    /// <summary>An address that such an instance must answer at.</summary>
    public HttpCheck? VerifyHttp { get; init; }

    /// <summary>Whether an image that did not pass is kept, marked, instead of removed.</summary>
    public bool KeepsRejected { get; init; }

    /// <summary>Whether an image is tested before it is used.</summary>
    public bool Verifies => Verify.Length > 0 || VerifyHttp is not null;

    /// <summary>
    /// The Packer template to render, relative to the manifest's folder; null is <c>templates/packer.json.sbn</c>, or
    /// Baker's own.
    /// </summary>
    public string? Template { get; init; }

    public string? IamInstanceProfile { get; init; }

    /// <summary>The VPC in which names of security groups are looked up where no subnet says it.</summary>
    public string? VpcId { get; init; }

    /// <summary>The subnets to try in order (<c>subnet_id</c>, a string or a list).</summary>
    public ImmutableArray<string> SubnetIds { get; init; } = [];

    /// <summary>The zones to try in order (<c>availability_zone</c>, a string or a list); empty leaves it to EC2.</summary>
    public ImmutableArray<string> AvailabilityZones { get; init; } = [];

    public bool? AssociatePublicIpAddress { get; init; }

    public bool? EbsOptimized { get; init; }

    /// <summary>What EC2 does where the instance shuts itself down: <c>stop</c> or <c>terminate</c>; null leaves it to EC2.</summary>
    public string? ShutdownBehavior { get; init; }

    /// <summary>The user data byte for byte, not encoded.</summary>
    public ReadOnlyMemory<byte> UserData { get; init; }

    /// <summary>
    /// The file that holds the user data, relative to the manifest's folder; the program reads it into
    /// <see cref="UserData"/>.
    /// </summary>
    public string? UserDataFile { get; init; }

    public ImmutableArray<BlockDevice> BlockDevices { get; init; } = [];

    public bool? EncryptBoot { get; init; }

    public string? KmsKeyId { get; init; }

    /// <summary>The key of each region that an encrypted image is copied to.</summary>
    public ImmutableArray<KeyValuePair<string, string>> RegionKmsKeyIds { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, string>> Tags { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, string>> SnapshotTags { get; init; } = [];

    /// <summary>Regions the finished image is copied to.</summary>
    public ImmutableArray<string> AmiRegions { get; init; } = [];

    /// <summary>Every region that has its images, its own first.</summary>
    public IEnumerable<string> Regions => AmiRegions.Prepend(Region).Distinct(StringComparer.Ordinal);

    /// <summary>Account ids the finished image is shared with.</summary>
    public ImmutableArray<string> AmiUsers { get; init; } = [];

    /// <summary>How long after its creation the image is marked deprecated (<c>deprecate_after</c>: <c>30d</c>, <c>12h</c>).</summary>
    public TimeSpan? DeprecateAfter { get; init; }

    /// <summary>How instances are reached.</summary>
    public CommunicatorKind Communicator { get; init; }

    /// <summary>How they are reached where that is over SSH.</summary>
    public SshSettings Ssh { get; init; } = new();

    /// <summary>How its nodes come by their configuration; null where they are given none.</summary>
    public ConfigSettings? Config { get; init; }

    /// <summary>Which images stay when others are cleaned away after a bake; null cleans none.</summary>
    public Retention? Retention { get; init; }

    /// <summary>The channel whose image the fleet gets; null is the newest.</summary>
    public string? ImageChannel { get; init; }

    /// <summary>
    /// The availability zones in which the snapshots of the fleet's image are restored at full speed; empty: those of the fleet;
    /// null: none.
    /// </summary>
    public ImmutableArray<string>? FastRestoreZones { get; init; }

    /// <summary>How fast volumes are filled from the image's snapshots (MiB/s); null: as they are read.</summary>
    public int? VolumeInitializationRate { get; init; }

    /// <summary>The balancers of the manifest that it joins.</summary>
    public ImmutableArray<string> Balancers { get; init; } = [];

    /// <summary>
    /// The target groups that its fleet is in by way of those balancers: names, or <c>balancer:NAME</c> for those that an existing
    /// one forwards to.
    /// </summary>
    public ImmutableArray<string> JoinedTargetGroups { get; init; } = [];

    /// <summary>The datastores of the manifest whose endpoints its nodes are given.</summary>
    public ImmutableArray<string> Uses { get; init; } = [];

    /// <summary>The groups whose fleets run before its own.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>When it may be changed; empty: at any time.</summary>
    public ImmutableArray<DeployWindow> DeployWindows { get; init; } = [];

    /// <summary>Who is told when a change of it begins, fails or ends: ARNs of SNS topics, and addresses.</summary>
    public ImmutableArray<string> Notifications { get; init; } = [];

    /// <summary>The services that its nodes offer: those that it names, then those that its run list brings.</summary>
    public ImmutableArray<ProvidedService> Provides { get; init; } = [];

    /// <summary>The names of these.</summary>
    public ImmutableArray<string> ProvidedNames => [.. Provides.Select(service => service.Name.ToString())];

    /// <summary>The forms of run list items that bring services, with a <c>*</c> for the name.</summary>
    public ImmutableArray<string> ServicesFrom { get; init; } = [];

    /// <summary>The services that its nodes are told of.</summary>
    public ImmutableArray<NeededService> Needs { get; init; } = [];

    /// <summary>What its nodes do about all of these.</summary>
    public ServiceSettings Services { get; init; } = ServiceSettings.None;

    /// <summary>The alarms of its fleet, by name; null where there are none.</summary>
    public JObject? Alarms { get; init; }

    /// <summary>The fleet's settings; null when <c>autoscale</c> is false or absent.</summary>
    public JObject? Autoscale { get; init; }
}
