using System.Runtime.CompilerServices;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;

namespace Baker.LocalCloud.Compute.Instances;

/// <summary>An instance as EC2 shows it.</summary>
internal static class InstanceView
{
    public static readonly IReadOnlyDictionary<string, int> Codes = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["pending"] = 0,
        ["running"] = 16,
        ["shutting-down"] = 32,
        ["terminated"] = 48,
        ["stopping"] = 64,
        ["stopped"] = 80,
    };

    private static readonly ConditionalWeakTable<InstanceRecord, StrongBox<Instance>> s_kept = [];

    public static InstanceState StateOf(string name) => new() { Name = name, Code = Codes[name] };

    // EC2 gives a pending instance the reason "pending"; HashiCorp Packer 1.6.6, interrupted, crashes where there is none.
    private static StateReason? ReasonOf(InstanceRecord instance) =>
        instance.StateReasonCode is { } code ? new StateReason { Code = code, Message = instance.StateReasonMessage }
        : instance.State == "pending" ? new StateReason { Code = "pending", Message = "pending" }
        : null;

    /// <summary>
    /// The view of a record, which nobody changes: one that is asked for again is kept as long as the record is, for
    /// listings are asked for over and over.
    /// </summary>
    public static Instance Of(InstanceRecord instance, ComputeTables tables)
    {
        if (!s_kept.TryGetValue(instance, out var kept))
        {
            s_kept.TryAdd(instance, new StrongBox<Instance>());
            return Make(instance, tables);
        }

        return kept.Value ??= Make(instance, tables);
    }

    private static Instance Make(InstanceRecord instance, ComputeTables tables)
    {
        var isGone = instance.IsTerminated;
        var groups = isGone
            ? null
            : instance.SecurityGroupIds
                .Select(id => new GroupIdentifier { GroupId = id, GroupName = tables.SecurityGroups.Find(id)?.Name ?? id })
                .ToList();
        var dns = $"ip-{instance.Address.Replace('.', '-')}.ec2.internal";
        return new Instance
        {
            InstanceId = instance.Id,
            ImageId = instance.ImageId,
            State = StateOf(instance.State),
            StateReason = ReasonOf(instance),
            StateTransitionReason = instance.StateTransitionReason,
            InstanceType = instance.InstanceType,
            LaunchTime = instance.LaunchTime.UtcDateTime,
            AmiLaunchIndex = instance.LaunchIndex,
            ClientToken = instance.ClientToken ?? "",
            KeyName = instance.KeyName,
            Architecture = instance.Architecture,
            Hypervisor = HypervisorType.Xen,
            VirtualizationType = VirtualizationType.Hvm,
            RootDeviceName = instance.RootDeviceName,
            RootDeviceType = DeviceType.Ebs,
            EbsOptimized = instance.EbsOptimized,
            EnaSupport = true,
            SourceDestCheck = isGone ? null : !instance.ForwardsTraffic,
            Monitoring = new Monitoring { State = instance.Monitoring ? MonitoringState.Enabled : MonitoringState.Disabled },
            Placement = new Placement { AvailabilityZone = instance.Zone, GroupName = "", Tenancy = Tenancy.Default },
            PrivateIpAddress = isGone ? null : instance.Address,
            PrivateDnsName = isGone ? "" : dns,
            PublicIpAddress = isGone || instance.State is "stopped" ? null : instance.Address,
            PublicDnsName = isGone || instance.State is "stopped" ? "" : dns,
            SubnetId = isGone ? null : instance.SubnetId,
            VpcId = isGone ? null : instance.VpcId,
            SecurityGroups = groups,
            InstanceLifecycle = instance.IsSpot ? InstanceLifecycleType.Spot : null,
            IamInstanceProfile = instance.Profile is null ? null : ProfileOf(instance),
            BlockDeviceMappings = [.. instance.Volumes.Select(DeviceOf)],
            NetworkInterfaces = isGone ? null : [InterfaceOf(instance, groups!, dns)],
            Tags = TagText.ToModel(instance.Tags),
            MetadataOptions = new InstanceMetadataOptionsResponse
            {
                State = InstanceMetadataOptionsState.Applied,
                HttpTokens = instance.HttpTokens,
                HttpEndpoint = instance.HttpEndpoint,
                HttpPutResponseHopLimit = instance.HttpHopLimit,
                InstanceMetadataTags = instance.InstanceMetadataTags,
                HttpProtocolIpv6 = "disabled",
            },
            CpuOptions = new CpuOptions
            {
                CoreCount = InstanceKind.All.TryGetValue(instance.InstanceType, out var kind) ? Math.Max(1, kind.Cpus / 2) : 1,
                ThreadsPerCore = 2,
            },
            CapacityReservationSpecification = new CapacityReservationSpecificationResponse
            {
                CapacityReservationPreference = CapacityReservationPreference.Open,
            },
            HibernationOptions = new HibernationOptions { Configured = false },
            EnclaveOptions = new EnclaveOptions { Enabled = false },
            MaintenanceOptions = new InstanceMaintenanceOptions { AutoRecovery = InstanceAutoRecoveryState.Default },
            PrivateDnsNameOptions = new PrivateDnsNameOptionsResponse
            {
                HostnameType = HostnameType.IpName,
                EnableResourceNameDnsARecord = false,
                EnableResourceNameDnsAAAARecord = false,
            },
            UsageOperation = "RunInstances",
            UsageOperationUpdateTime = instance.CreatedAt.UtcDateTime,
            PlatformDetails = "Linux/UNIX",
        };
    }

    public static IamInstanceProfile ProfileOf(InstanceRecord instance)
    {
        var arn = instance.Profile!.StartsWith("arn:", StringComparison.Ordinal)
            ? instance.Profile
            : $"arn:aws:iam::{Identifiers.AccountId}:instance-profile/{instance.Profile}";
        return new IamInstanceProfile
        {
            Arn = arn,
            Id = Identifiers.For("AIPA", arn).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant(),
        };
    }

    private static InstanceBlockDeviceMapping DeviceOf(AttachedVolume volume) => new()
    {
        DeviceName = volume.DeviceName,
        Ebs = new EbsInstanceBlockDevice
        {
            VolumeId = volume.VolumeId,
            AttachTime = volume.AttachedAt.UtcDateTime,
            DeleteOnTermination = volume.DeleteOnTermination,
            Status = AttachmentStatus.Attached,
        },
    };

    private static InstanceNetworkInterface InterfaceOf(InstanceRecord instance, List<GroupIdentifier> groups, string dns) => new()
    {
        NetworkInterfaceId = "eni-" + instance.Id[2..],
        Attachment = new InstanceNetworkInterfaceAttachment
        {
            AttachmentId = "eni-attach-" + instance.Id[2..],
            AttachTime = instance.CreatedAt.UtcDateTime,
            DeleteOnTermination = true,
            DeviceIndex = 0,
            NetworkCardIndex = 0,
            Status = AttachmentStatus.Attached,
        },
        Description = "",
        Groups = groups,
        Ipv6Addresses = [],
        InterfaceType = "interface",
        MacAddress = "0a:00:" + string.Join(':', instance.Address.Split('.').Select(b => byte.Parse(b).ToString("x2"))),
        OwnerId = Identifiers.AccountId,
        PrivateDnsName = dns,
        PrivateIpAddress = instance.Address,
        PrivateIpAddresses = [new InstancePrivateIpAddress { Primary = true, PrivateIpAddress = instance.Address, PrivateDnsName = dns }],
        SourceDestCheck = !instance.ForwardsTraffic,
        Status = NetworkInterfaceStatus.InUse,
        SubnetId = instance.SubnetId,
        VpcId = instance.VpcId,
    };
}
