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
        if (instance.HasMoreInterfaces || instance.PrimaryInterfaceId is not null)
        {
            return Make(instance, tables); // it shows what may change without it
        }

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
        var (dns, publicAddress) = (Interfaces.HostOf(instance.Address), instance.PublicAddress);
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
            PublicIpAddress = publicAddress,
            PublicDnsName = publicAddress is null ? "" : Interfaces.HostOf(publicAddress),
            SubnetId = isGone ? null : instance.SubnetId,
            VpcId = isGone ? null : instance.VpcId,
            SecurityGroups = groups,
            InstanceLifecycle = instance.IsSpot ? InstanceLifecycleType.Spot : null,
            IamInstanceProfile = instance.Profile is null ? null : ProfileOf(instance),
            BlockDeviceMappings = [.. instance.Volumes.Select(DeviceOf)],
            NetworkInterfaces = isGone ? null : [.. InterfacesOf(instance, tables)],
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
            Id = instance.ProfileId ?? Identifiers.For("AIPA", arn).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant(),
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

    private static IEnumerable<InstanceNetworkInterface> InterfacesOf(InstanceRecord instance, ComputeTables tables)
    {
        var first = tables.Interfaces.Find(instance.PrimaryInterfaceId) ?? Interfaces.Of(instance);
        return Interfaces.MoreOf(instance, tables).Prepend(first).Select(each => InterfaceOf(instance, each, tables));
    }

    private static InstanceNetworkInterface InterfaceOf(InstanceRecord instance, InterfaceRecord shown, ComputeTables tables)
    {
        var dns = Interfaces.HostOf(shown.Address);
        var isFirst = shown.Id == instance.InterfaceId;
        var elastic = isFirst ? instance.ElasticAddress : tables.AddressesByInterface[shown.Id].FirstOrDefault()?.Address;
        var association = (elastic ?? (isFirst ? instance.PublicAddress : null)) is not { } address ? null
            : new InstanceNetworkInterfaceAssociation
            {
                IpOwnerId = elastic is null ? "amazon" : Identifiers.AccountId,
                PublicIp = address,
                PublicDnsName = Interfaces.HostOf(address),
            };
        return new InstanceNetworkInterface
        {
            NetworkInterfaceId = shown.Id,
            Association = association,
            Attachment = new InstanceNetworkInterfaceAttachment
            {
                AttachmentId = shown.AttachmentId,
                AttachTime = shown.AttachedAt.UtcDateTime,
                DeleteOnTermination = shown.DeleteOnTermination,
                DeviceIndex = shown.DeviceIndex,
                NetworkCardIndex = 0,
                Status = AttachmentStatus.Attached,
            },
            Description = shown.Description,
            Groups = [.. shown.SecurityGroupIds.Select(id =>
                new GroupIdentifier { GroupId = id, GroupName = tables.SecurityGroups.Find(id)?.Name ?? id })],
            Ipv6Addresses = [],
            InterfaceType = "interface",
            MacAddress = Interfaces.MacOf(shown.Address),
            OwnerId = Identifiers.AccountId,
            PrivateDnsName = dns,
            PrivateIpAddress = shown.Address,
            PrivateIpAddresses =
            [
                new InstancePrivateIpAddress
                {
                    Primary = true,
                    PrivateIpAddress = shown.Address,
                    PrivateDnsName = dns,
                    Association = association,
                },
                .. shown.MoreAddresses.Select(each => new InstancePrivateIpAddress
                {
                    Primary = false,
                    PrivateIpAddress = each,
                    PrivateDnsName = Interfaces.HostOf(each),
                }),
            ],
            SourceDestCheck = !shown.ForwardsTraffic,
            Status = NetworkInterfaceStatus.InUse,
            SubnetId = shown.SubnetId,
            VpcId = shown.VpcId,
        };
    }
}
