using System.Collections.Immutable;
using System.Text;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Merging;

/// <summary>Reads a merged group that was checked and is free of errors into typed values.</summary>
public static class NodeGroupBuilder
{
    public static NodeGroup Build(MergedGroup group) => BuildWithoutAttributes(group) with { Attributes = MergedTokens.Of(group) };

    /// <summary>
    /// The typed values alone, for who reads the others from the merged group: making tokens of all takes longer than all
    /// else.
    /// </summary>
    internal static NodeGroup BuildWithoutAttributes(MergedGroup group)
    {
        var plain = new NodeGroup { Name = group.Name, Environment = group.Environment?.Name, Attributes = [] };
        return plain with
        {
            Description = Text(group, "description"u8) ?? plain.Description,
            ImageName = Text(group, "image_name"u8),
            Type = Text(group, "type"u8) ?? plain.Type,
            Region = Text(group, "region"u8) ?? plain.Region,
            InstanceTypes = Types(group, Texts(group, "architectures"u8).FirstOrDefault()),
            Source = Source(group, Texts(group, "architectures"u8).FirstOrDefault()),
            Kinds = [.. Texts(group, "architectures"u8).Select(each => new MachineKind(each, Types(group, each), Source(group, each)))],
            SecurityGroups = Texts(group, "security_groups"u8),
            RunList = [.. Texts(group, "run_list"u8), .. Texts(group, "post_run_list"u8)],
            Dna = Dictionary(group, "dna"u8),
            DataBagSecretFile = Text(group, "data_bag_secret_file"u8),
            Code = Code(group),
            Provision = Scripts(group, "provision"u8),
            Verify = Scripts(group, "verify"u8),
            VerifyHttp = HttpCheckOf(Dictionary(group, "verify_http"u8)),
            KeepsRejected = Text(group, "verify_on_error"u8) == "keep",
            RefusesWindowsLines = Text(group, "line_endings"u8) == "refuse",
            Tasks = group.Find("tasks"u8) is { Kind: ValueKind.Object } tasks
                ? [.. tasks.Properties.Select(task => KeyValuePair.Create(task.Name.Text, Script(task.Value)))]
                : [],
            Template = Text(group, "template"u8),
            IamInstanceProfile = Text(group, "iam_instance_profile"u8),
            SubnetIds = Texts(group, "subnet_id"u8),
            AvailabilityZones = Texts(group, "availability_zone"u8),
            VpcId = Text(group, "vpc_id"u8),
            AssociatePublicIpAddress = Flag(group, "associate_public_ip_address"u8),
            EbsOptimized = Flag(group, "ebs_optimized"u8),
            ShutdownBehavior = Text(group, "shutdown_behavior"u8),
            UserData = Encoding.UTF8.GetBytes(Text(group, "user_data"u8) ?? ""),
            UserDataFile = Text(group, "user_data_file"u8),
            BlockDevices = BlockDevices(group),
            EncryptBoot = Flag(group, "encrypt_boot"u8),
            KmsKeyId = Text(group, "kms_key_id"u8),
            RegionKmsKeyIds = Pairs(group, "region_kms_key_ids"u8),
            Tags = Pairs(group, "tags"u8),
            SnapshotTags = Pairs(group, "snapshot_tags"u8),
            AmiRegions = Texts(group, "ami_regions"u8),
            AmiUsers = Texts(group, "ami_users"u8),
            DeprecateAfter = Durations.TryParse(Text(group, "deprecate_after"u8) ?? "", out var after) ? after : null,
            Communicator = Text(group, "communicator"u8) switch
            {
                "ssh" => CommunicatorKind.Ssh,
                "none" => CommunicatorKind.None,
                _ => CommunicatorKind.Ssm,
            },
            Ssh = Ssh(group, plain.Ssh),
            Config = Config(group),
            Retention = Dictionary(group, "retention"u8) is { } kept
                ? new Retention(
                    (int?)kept["images"] ?? Retention.Usual.Images,
                    (int?)kept["days"] is { } days ? TimeSpan.FromDays(days) : null)
                : null,
            ImageChannel = Text(group, "image_channel"u8),
            FastRestoreZones = group.Find("fast_snapshot_restore"u8) switch
            {
                { Kind: ValueKind.True } => [],
                { Kind: ValueKind.Array } => Texts(group, "fast_snapshot_restore"u8) is { IsEmpty: false } zones ? zones : null,
                _ => null,
            },
            VolumeInitializationRate = Number(group, "volume_initialization_rate"u8),
            Balancers = [.. Texts(group, "balancer"u8).Distinct()],
            Uses = Flag(group, "config"u8) == true ? [.. Texts(group, "uses"u8).Distinct()] : [],
            After = [.. Texts(group, "after"u8).Distinct()],
            DeployWindows =
            [
                .. Texts(group, "deploy_window"u8)
                    .Distinct()
                    .Select(text => DeployWindow.TryParse(text, out _, out _))
                    .OfType<DeployWindow>(),
            ],
            Notifications = [.. Texts(group, "notifications"u8).Distinct()],
            Provides = MergedServices.Provided(group),
            ServicesFrom = Texts(group, "services_from"u8),
            Needs = MergedServices.Needed(group),
            Services = Services(group),
            Alarms = Dictionary(group, "alarms"u8),
            Autoscale = Dictionary(group, "autoscale"u8),
        };
    }

    private static ServiceSettings Services(MergedGroup group)
    {
        var drain = Dictionary(group, "drain"u8);
        var hook = (string?)drain?["hook"];
        return new()
        {
            Reload = Texts(group, "services_reload"u8),
            Converge = Text(group, "services_converge"u8),
            Drain = drain is null
                ? null
                : ((string)drain["script"]!, Durations.TryParse((string?)drain["timeout"] ?? "1h", out var timeout) ? timeout : default),
            Hook = hook,
            HookTimeout = HookTimeout(group, hook),
            CatalogUser = Text(group, "catalog_user"u8),
        };
    }

    private static TimeSpan HookTimeout(MergedGroup group, string? hook) =>
        (Dictionary(group, "autoscale"u8)?["lifecycle_hooks"] as JArray)?.OfType<JObject>()
            .FirstOrDefault(each => (string?)each["name"] == hook)?["timeout"] is { Type: JTokenType.Integer } timeout
            ? TimeSpan.FromSeconds((long)timeout)
            : ServiceSettings.UsualHookTimeout;

    private static ConfigSettings? Config(MergedGroup group) => Flag(group, "config"u8) != true ? null : new ConfigSettings
    {
        Reload = Texts(group, "config_reload"u8),
        Secrets = Texts(group, "config_secrets"u8),
        KmsKeyId = Text(group, "config_kms_key_id"u8),
    };

    private static SshSettings Ssh(MergedGroup group, SshSettings plain) => plain with
    {
        Username = Text(group, "ssh_username"u8) ?? plain.Username,
        Interface = Text(group, "ssh_interface"u8),
        Port = group.Find("ssh_port"u8) is { Kind: ValueKind.Number } port && port.Winner.TryGetInteger(out var number)
            ? (int)number
            : plain.Port,
        Timeout = Durations.TryParse(Text(group, "ssh_timeout"u8) ?? "", out var timeout) ? timeout : plain.Timeout,
        PrivateKeyFile = Text(group, "ssh_private_key_file"u8),
        UsesAgent = Flag(group, "ssh_agent_auth"u8) ?? false,
        SourceRanges = Texts(group, "temporary_security_group_source_cidrs"u8),
    };

    private static string? Text(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find(name) is { Kind: ValueKind.String } found ? found.Winner.Text : null;

    private static bool? Flag(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find(name) is { Kind: ValueKind.True or ValueKind.False } found ? found.Kind == ValueKind.True : null;

    // A single text stands for a list of one.
    private static ImmutableArray<string> Texts(MergedGroup group, ReadOnlySpan<byte> name) => group.Find(name) switch
    {
        { Kind: ValueKind.String } found => [found.Winner.Text],
        { Kind: ValueKind.Array } found => [.. found.Items.Select(item => item.Value.Text)],
        _ => [],
    };

    private static JObject? Dictionary(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find(name) is { Kind: ValueKind.Object } found ? (JObject)MergedTokens.Of(found) : null;

    private static ImmutableArray<KeyValuePair<string, string>> Pairs(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find(name) is { Kind: ValueKind.Object } found
            ? [.. found.Properties.Select(property => KeyValuePair.Create(property.Name.Text, property.Value.Text))]
            : [];

    private static HttpCheck? HttpCheckOf(JObject? check) => check is null ? null : new(
        (int)check["port"]!,
        (string?)check["path"] ?? "/",
        Durations.TryParse((string?)check["timeout"] ?? "", out var timeout) ? timeout : TimeSpan.FromMinutes(2));

    private static ImmutableArray<string> Types(MergedGroup group, string? architecture) =>
        [.. TextsOf(group, "instance_type"u8, architecture).Concat(TextsOf(group, "instance_types"u8, architecture)).Distinct()];

    /// <summary>What holds for an architecture: its own of a value that is given by architecture, else the value itself.</summary>
    private static ImmutableArray<string> TextsOf(MergedGroup group, ReadOnlySpan<byte> name, string? architecture)
    {
        if (group.Find(name) is not { Kind: ValueKind.Object } found)
        {
            return Texts(group, name);
        }

        foreach (var property in found.Properties.Where(property => property.Name.Text == architecture))
        {
            return property.Value.Kind == ValueKind.String
                ? [property.Value.Text]
                : [.. ((JArray)JsonTokens.Of(property.Value)).Select(item => (string)item!)];
        }

        return [];
    }

    private static SourceImage? Source(MergedGroup group, string? architecture)
    {
        if (TextsOf(group, "source_ami"u8, architecture) is [var id, ..])
        {
            return new SourceImage.ById(id);
        }

        if (TextsOf(group, "source_ami_parameter"u8, architecture) is [var parameter, ..])
        {
            return new SourceImage.ByParameter(parameter);
        }

        if (Text(group, "source_group"u8) is { } parent)
        {
            return new SourceImage.ByGroup(GroupName.Parse(parent), Text(group, "source_channel"u8));
        }

        if (Dictionary(group, "source_ami_filter"u8) is not { } given)
        {
            return null;
        }

        var filter = given["filters"] is null && architecture is not null ? given[architecture] as JObject : given;
        if (filter is null)
        {
            return null;
        }

        var filters = ((JObject)filter["filters"]!).Properties()
            .Select(property => KeyValuePair.Create(property.Name, Strings(property.Value)))
            .ToList();
        if (architecture is not null && filters.TrueForAll(each => each.Key != "architecture"))
        {
            filters.Add(new("architecture", [architecture]));
        }

        return new SourceImage.ByFilter(
            [.. filters],
            Strings(filter["owners"]!),
            filter["most_recent"] is { Type: JTokenType.Boolean } newest && (bool)newest);
    }

    private static ImmutableArray<string> Strings(JToken token) =>
        token is JArray array ? [.. array.Select(item => (string)item!)] : [(string)token!];

    private static ImmutableArray<ScriptCall> Scripts(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find(name) is { Kind: ValueKind.Array } found ? [.. found.Items.Select(item => Script(item.Value))] : [];

    private static ScriptCall Script(ManifestValue value) => value.Kind == ValueKind.String
        ? new ScriptCall(value.Text)
        : new ScriptCall(value.Find("script"u8)!.Value.Text)
        {
            Arguments = value.Find("arguments"u8) is { Kind: ValueKind.Array } arguments
                ? [.. arguments.Items.ToList().Select(argument => argument.Text)]
                : [],
            Folder = value.Find("folder"u8) is { Kind: ValueKind.String } folder ? folder.Text : null,
        };

    private static ImmutableArray<CodeSource> Code(MergedGroup group) => group.Find("code"u8) switch
    {
        { Kind: ValueKind.Object } found => [CodeOf((JObject)MergedTokens.Of(found))],
        { Kind: ValueKind.Array } found => [.. found.Items.Select(item => CodeOf((JObject)JsonTokens.Of(item.Value)))],
        _ => [],
    };

    private static CodeSource CodeOf(JObject code) => new((string)code["repository"]!, (string)code["path"]!)
    {
        Branch = (string?)code["branch"],
        Revision = (string?)code["revision"],
        Without = code["without"] is JArray without ? Strings(without) : [],
    };

    private static int? Number(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find(name) is { Kind: ValueKind.Number } found && found.Winner.TryGetInteger(out var number) ? (int)number : null;

    private static ImmutableArray<BlockDevice> BlockDevices(MergedGroup group) =>
        group.Find("launch_block_device_mappings"u8) is { Kind: ValueKind.Array } found
            ? [.. found.Items.Select(item => BlockDeviceOf((JObject)JsonTokens.Of(item.Value)))]
            : [];

    private static BlockDevice BlockDeviceOf(JObject device) => new((string)device["device_name"]!)
    {
        VolumeSize = (int?)device["volume_size"],
        VolumeType = (string?)device["volume_type"],
        Iops = (int?)device["iops"],
        Throughput = (int?)device["throughput"],
        Encrypted = (bool?)device["encrypted"],
        KmsKeyId = (string?)device["kms_key_id"],
        SnapshotId = (string?)device["snapshot_id"],
        DeleteOnTermination = (bool?)device["delete_on_termination"],
    };
}
