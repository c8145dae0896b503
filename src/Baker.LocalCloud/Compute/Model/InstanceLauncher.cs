using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Launches instances: RunInstances, and whatever else of the cloud needs instances.</summary>
internal sealed class InstanceLauncher(
    CloudContext cloud,
    ComputeTables tables,
    Networks networks,
    InstanceStates states,
    Interfaces interfaces,
    Lookup lookup)
{
    private const int LargestUserData = 16384;

    private readonly AddressPool _addresses = new(tables, cloud.Options.StateFolder);

    /// <summary>Fills a request from the launch template that it names; set by whoever keeps launch templates.</summary>
    public Func<Call, RunInstancesRequest, RunInstancesRequest> ExpandTemplate { get; set; } = static (_, request) =>
        request.LaunchTemplate is null
            ? request
            : throw new CloudException("InvalidLaunchTemplateId.NotFound", "The specified launch template does not exist.");

    /// <summary>The instance profile of a name or an ARN; null where there is none. Set by whoever keeps them.</summary>
    public Func<string, ProfileFacts?> FindProfile { get; set; } = static _ => null;

    /// <summary>The launched instances, all of one reservation. A repeated client token gives those of the first time.</summary>
    public IReadOnlyList<InstanceRecord> Launch(Call call, RunInstancesRequest asked)
    {
        var request = ExpandTemplate(call, asked);
        var content = Fingerprint(request);
        if (request.ClientToken is { Length: > 0 } token && tables.InstancesByToken[$"{call.Region}|{token}"] is { Count: > 0 } before)
        {
            return before.First().ClientTokenContent == content
                ? [.. before.OrderBy(i => i.LaunchIndex)]
                : throw new CloudException(
                    "IdempotentParameterMismatch",
                    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
        }

        var image = FindImage(call, request.ImageId);
        var kind = FindKind(request, image);
        var userData = CheckUserData(request.UserData);
        TagText.RefuseOthers(request.TagSpecifications, "instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu");
        if (asked.NetworkInterfaces is { Count: > 0 }
            && (asked.SubnetId is { Length: > 0 } || asked.SecurityGroupIds is { Count: > 0 } || asked.SecurityGroups is { Count: > 0 }))
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Network interfaces and an instance-level "
                    + (asked.SubnetId is { Length: > 0 } ? "subnet ID" : "security groups")
                    + " may not be specified on the same request");
        }

        var first = request.NetworkInterfaces?.Find(each => each.DeviceIndex is null or 0);
        var given = FindInterface(call, first?.NetworkInterfaceId);
        var subnet = ChooseSubnet(call, request, first, given, kind);
        var groups = given?.SecurityGroupIds ?? FindGroups(call, request, first, subnet);
        var profile = ProfileOf(call, request.IamInstanceProfile);
        var (min, max) = (request.MinCount ?? 1, request.MaxCount ?? 1);
        if (min < 1 || max < min || max > 1000)
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Value ({min}) for parameter minCount is invalid: it must be between 1 and maxCount ({max}).");
        }

        if (given is not null && max > 1)
        {
            throw new CloudException("InvalidParameterCombination", "One interface cannot be that of several instances.");
        }

        if (given is null)
        {
            interfaces.CheckRoom(subnet, max);
        }

        var address = AskedAddress(subnet, first?.PrivateIpAddress ?? request.PrivateIpAddress, max);
        var devices = BlockDevices.Merge(image.Devices, request.BlockDeviceMappings);
        var template = new InstanceRecord
        {
            Id = "",
            Region = call.Region,
            ReservationId = Identifiers.New("r"),
            ImageId = image.Id,
            InstanceType = kind.Name,
            Zone = subnet.Zone,
            SubnetId = subnet.Id,
            VpcId = subnet.VpcId,
            Address = address ?? "",
            HasNoPublicAddress = !(first?.AssociatePublicIpAddress ?? (given is null && subnet.MapPublicIp)),
            PrimaryInterfaceId = given?.Id,
            InterfaceTags = TagText.For("network-interface", request.TagSpecifications) is { Count: > 0 } tags ? tags : null,
            InterfaceDescription = string.IsNullOrEmpty(first?.Description) ? null : first.Description,
            CreatedAt = call.Now,
            ClientToken = string.IsNullOrEmpty(request.ClientToken) ? null : request.ClientToken,
            ClientTokenContent = string.IsNullOrEmpty(request.ClientToken) ? null : content,
            KeyName = request.KeyName,
            PublicKey = PublicKeyOf(call, request.KeyName),
            DefaultUser = image.DefaultUser,
            SecurityGroupIds = groups,
            Profile = profile?.Arn,
            ProfileId = profile?.Id,
            ForwardsTraffic = given?.ForwardsTraffic ?? false,
            UserData = userData,
            Tags = TagText.For("instance", request.TagSpecifications),
            RootDeviceName = image.RootDeviceName,
            Architecture = image.Architecture,
            HttpTokens = request.MetadataOptions?.HttpTokens?.Value ?? (image.ImdsSupport == "v2.0" ? "required" : "optional"),
            HttpEndpoint = request.MetadataOptions?.HttpEndpoint?.Value ?? "enabled",
            HttpHopLimit = request.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
            InstanceMetadataTags = request.MetadataOptions?.InstanceMetadataTags?.Value ?? "disabled",
            ShutdownBehavior = request.InstanceInitiatedShutdownBehavior?.Value ?? "stop",
            DisableApiTermination = request.DisableApiTermination ?? false,
            DisableApiStop = request.DisableApiStop ?? false,
            EbsOptimized = request.EbsOptimized ?? false,
            Monitoring = request.Monitoring ?? false,
            IsSpot = request.InstanceMarketOptions?.MarketType?.Value == "spot",
            DiskSnapshotId = image.RootSnapshotId,
        };
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        return [.. Enumerable.Range(0, max).Select(index => LaunchOne(call, template, index, subnet, devices, request))];
    }

    private InstanceRecord LaunchOne(
        Call call,
        InstanceRecord template,
        int index,
        SubnetRecord subnet,
        List<MappedDevice> devices,
        RunInstancesRequest request)
    {
        var id = Identifiers.New("i");
        var volumeTags = TagText.For("volume", request.TagSpecifications);
        var attached = ImmutableArray.CreateBuilder<AttachedVolume>();
        foreach (var device in devices.Where(d => d.VirtualName is null))
        {
            var volume = new VolumeRecord
            {
                Id = Identifiers.New("vol"),
                Region = call.Region,
                Zone = template.Zone,
                Size = device.VolumeSize,
                VolumeType = device.VolumeType,
                Iops = device.Iops,
                Throughput = device.Throughput,
                Encrypted = device.Encrypted,
                KmsKeyId = device.KmsKeyId,
                SnapshotId = device.SnapshotId,
                State = "in-use",
                InstanceId = id,
                CreatedAt = call.Now,
                Tags = volumeTags,
            };
            tables.Volumes.Put(volume);
            attached.Add(new AttachedVolume(device.DeviceName, volume.Id, device.DeleteOnTermination, call.Now));
        }

        var instance = template with
        {
            Id = id,
            LaunchIndex = index,
            Address = template.Address.Length > 0
                ? template.Address
                : _addresses.Take(IsLoopback(subnet) ? subnet.CidrBlock : Networks.CidrOf(subnet.Zone)),
            ElasticAddress = tables.AddressesByInterface[template.PrimaryInterfaceId ?? ""].FirstOrDefault()?.Address,
            Volumes = attached.ToImmutable(),
            ProfileAssociationId = template.Profile is null ? null : Identifiers.New("iip-assoc"),
            AgentNeverComes = cloud.Faults.NextAgentNeverComes(),
        };
        states.Begin(instance, call.Now);
        Attach(call, instance, request);
        return tables.Instances.Find(id)!;
    }

    /// <summary>Gives an instance the interfaces that it was launched with: all but one of its own.</summary>
    private void Attach(Call call, InstanceRecord instance, RunInstancesRequest request)
    {
        foreach (var asked in request.NetworkInterfaces ?? [])
        {
            var index = asked.DeviceIndex ?? 0;
            if (index == 0 && asked.NetworkInterfaceId is null)
            {
                continue;
            }

            var attached = FindInterface(call, asked.NetworkInterfaceId) ?? Make(call, instance, asked);
            tables.Interfaces.Put(attached with
            {
                InstanceId = instance.Id,
                DeviceIndex = index,
                AttachmentId = Identifiers.New("eni-attach"),
                AttachedAt = call.Now,
                DeleteOnTermination = asked.DeleteOnTermination ?? asked.NetworkInterfaceId is null,
            });
            if (index > 0 && tables.Instances.Find(instance.Id) is { HasMoreInterfaces: false } begun)
            {
                tables.Instances.Put(begun with { HasMoreInterfaces = true });
            }
        }
    }

    private InterfaceRecord Make(Call call, InstanceRecord instance, InstanceNetworkInterfaceSpecification asked)
    {
        var subnet = lookup.Find(call, tables.Subnets, asked.SubnetId ?? instance.SubnetId);
        return new InterfaceRecord
        {
            Id = Identifiers.New("eni"),
            Region = call.Region,
            SubnetId = subnet.Id,
            VpcId = subnet.VpcId,
            Zone = subnet.Zone,
            Address = interfaces.TakeAddress(subnet, asked.PrivateIpAddress, []),
            SecurityGroupIds = GroupsOf(call, subnet, asked.Groups ?? []),
            Description = asked.Description ?? "",
            CreatedAt = call.Now,
        };
    }

    private InterfaceRecord? FindInterface(Call call, string? id) =>
        string.IsNullOrEmpty(id) ? null
        : lookup.Find(call, tables.Interfaces, id) is { IsUsed: false } free ? free
        : throw new CloudException("InvalidNetworkInterface.InUse", $"Interface: [{id}] in use.");

    /// <summary>The address that a launch names. Instances have loopback addresses, so that no other can be had.</summary>
    private string? AskedAddress(SubnetRecord subnet, string? asked, int count)
    {
        if (string.IsNullOrEmpty(asked))
        {
            return null;
        }

        if (count > 1)
        {
            throw new CloudException("InvalidParameterCombination", "One private address cannot be that of several instances.");
        }

        Interfaces.CheckIn(subnet, asked);
        return !IsLoopback(subnet)
            ? throw new CloudException(
                "UnsupportedOperation",
                "The local cloud's instances have loopback addresses, whatever range their subnet has: one cannot be asked for.")
            : _addresses.IsFree(asked) ? asked
            : throw new CloudException("InvalidIPAddress.InUse", $"Address {asked} is in use.");
    }

    private static bool IsLoopback(SubnetRecord subnet) => subnet.CidrBlock.StartsWith("127.", StringComparison.Ordinal);

    /// <summary>The profile that a request names, and may name.</summary>
    /// <exception cref="CloudException">There is none, or none yet, or it has no role.</exception>
    public ProfileFacts? ProfileOf(Call call, IamInstanceProfileSpecification? asked)
    {
        if (asked is { Arn.Length: > 0, Name.Length: > 0 })
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'");
        }

        var (form, word) = asked?.Arn is { Length: > 0 } ? ("arn", "ARN") : ("name", "name");
        if ((asked?.Arn is { Length: > 0 } arn ? arn : asked?.Name) is not { Length: > 0 } named)
        {
            return null;
        }

        if (FindProfile(named) is not { } profile || !cloud.Faults.IsVisible(profile.CreatedAt, call.Now))
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Value ({named}) for parameter iamInstanceProfile.{form} is invalid. Invalid IAM Instance Profile {word}");
        }

        return profile.Role is not null
            ? profile
            : throw new CloudException("InvalidParameterValue", $"IAM Instance Profile \"{profile.Arn}\" has no associated IAM Roles");
    }

    private ImageRecord FindImage(Call call, string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            throw CloudException.Missing("ImageId");
        }

        if (!id.StartsWith("ami-", StringComparison.Ordinal))
        {
            throw NotFound.Malformed(id, "ami");
        }

        if (tables.Images.Find(id) is not { } image || image.Region != call.Region || !cloud.Faults.IsVisible(image.CreatedAt, call.Now))
        {
            throw NotFound.Of(id);
        }

        return image.State == "available"
            ? image
            : throw new CloudException("InvalidAMIID.Unavailable", $"The image ID '{id}' is not available: its state is {image.State}");
    }

    private static InstanceKind FindKind(RunInstancesRequest request, ImageRecord image)
    {
        var name = request.InstanceType?.Value ?? "m1.small";
        if (!InstanceKind.All.TryGetValue(name, out var kind))
        {
            throw new CloudException("InvalidParameterValue", $"Invalid value '{name}' for InstanceType.");
        }

        return kind.Architecture == image.Architecture
            ? kind
            : throw new CloudException(
                "InvalidParameterValue",
                $"The architecture '{kind.Architecture}' of the specified instance type does not match the architecture "
                    + $"'{image.Architecture}' of the specified AMI. Specify an instance type and an AMI that have "
                    + "matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' "
                    + "to discover the architecture of the instance type or AMI.");
    }

    private static string? CheckUserData(string? userData)
    {
        if (string.IsNullOrEmpty(userData))
        {
            return null;
        }

        try
        {
            return Convert.FromBase64String(userData).Length <= LargestUserData
                ? userData
                : throw new CloudException("InvalidParameterValue", $"User data is limited to {LargestUserData} bytes");
        }
        catch (FormatException)
        {
            throw new CloudException("InvalidParameterValue", "Invalid BASE64 encoding of user data");
        }
    }

    private SubnetRecord ChooseSubnet(
        Call call,
        RunInstancesRequest request,
        InstanceNetworkInterfaceSpecification? first,
        InterfaceRecord? given,
        InstanceKind kind)
    {
        networks.Ensure(call.Region);
        var zone = request.Placement?.AvailabilityZone is { Length: > 0 } asked ? asked : null;
        var subnetId = given is not null ? given.SubnetId
            : request.SubnetId is { Length: > 0 } named ? named
            : string.IsNullOrEmpty(first?.SubnetId) ? null
            : first.SubnetId;
        if (subnetId is not null)
        {
            var subnet = lookup.Find(call, tables.Subnets, subnetId);
            zone = zone is null || zone == subnet.Zone
                ? subnet.Zone
                : throw new CloudException("InvalidParameterValue", $"The availability zone '{zone}' does not match the subnet's.");
            CheckCapacity(zone, kind, zoneWasAsked: true);
            return subnet;
        }

        if (zone is not null)
        {
            var subnet = networks.DefaultSubnets(call.Region).FirstOrDefault(s => s.Zone == zone)
                ?? throw new CloudException("InvalidParameterValue", $"Invalid availability zone: [{zone}]");
            CheckCapacity(zone, kind, zoneWasAsked: true);
            return subnet;
        }

        var offered = networks.DefaultSubnets(call.Region).Where(s => kind.Zones.Contains(s.Zone[^1])).ToList();
        if (offered.Find(s => cloud.Faults.HasCapacity(s.Zone, kind.Name)) is { } free)
        {
            return free;
        }

        CheckCapacity(offered[0].Zone, kind, zoneWasAsked: false);
        return offered[0];
    }

    private void CheckCapacity(string zone, InstanceKind kind, bool zoneWasAsked)
    {
        if (!kind.Zones.Contains(zone[^1]))
        {
            throw new CloudException(
                "Unsupported",
                $"Your requested instance type ({kind.Name}) is not supported in your requested Availability Zone "
                    + $"({zone}). Please retry your request by not specifying an Availability Zone or choosing "
                    + $"{string.Join(", ", kind.Zones.Select(letter => zone[..^1] + letter))}.");
        }

        if (!cloud.Faults.HasCapacity(zone, kind.Name))
        {
            throw new CloudException("InsufficientInstanceCapacity", zoneWasAsked
                ? $"We currently do not have sufficient {kind.Name} capacity in the Availability Zone you requested "
                    + $"({zone}). Our system will be working on provisioning additional capacity. "
                    + $"You can currently get {kind.Name} capacity by not specifying an Availability Zone in your request."
                : "There is no Spot or On-Demand capacity available that matches your request.", 500);
        }
    }

    private ImmutableArray<string> FindGroups(
        Call call,
        RunInstancesRequest request,
        InstanceNetworkInterfaceSpecification? first,
        SubnetRecord subnet)
    {
        var ids = (request.SecurityGroupIds ?? []).Concat(first?.Groups ?? []).ToList();
        if (request.SecurityGroups is { Count: > 0 } && subnet.VpcId != Networks.DefaultVpcId(call.Region))
        {
            throw new CloudException("InvalidParameterCombination", "The parameter groupName cannot be used with the parameter subnet");
        }

        foreach (var name in request.SecurityGroups ?? [])
        {
            ids.Add(tables.SecurityGroups.All.FirstOrDefault(g => g.Region == call.Region && g.VpcId == subnet.VpcId && g.Name == name)?.Id
                ?? throw new CloudException(
                    "InvalidGroup.NotFound",
                    $"The security group '{name}' does not exist in default VPC '{subnet.VpcId}'"));
        }

        return GroupsOf(call, subnet, ids);
    }

    private ImmutableArray<string> GroupsOf(Call call, SubnetRecord subnet, List<string> ids) => Interfaces.CheckGroups(
        lookup,
        tables,
        call,
        subnet,
        ids,
        () => networks.DefaultGroup(call.Region, subnet.VpcId).Id);

    /// <summary>As the metadata service would give it: with the name of the key pair for a comment.</summary>
    private string? PublicKeyOf(Call call, string? name) =>
        string.IsNullOrEmpty(name) ? null
        : tables.KeyPairs.All.FirstOrDefault(k => k.Region == call.Region && k.Name == name) is { } key
            ? $"{string.Join(' ', key.PublicKey.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2))} {name}"
        : throw new CloudException("InvalidKeyPair.NotFound", $"The key pair '{name}' does not exist");

    /// <summary>What must be the same for a client token to mean the same request.</summary>
    private static string Fingerprint(RunInstancesRequest request)
    {
        var text = new StringBuilder()
            .AppendJoin(
                '|',
                request.ImageId,
                request.InstanceType?.Value,
                request.MinCount,
                request.MaxCount,
                request.SubnetId,
                request.KeyName,
                request.UserData)
            .Append('|').AppendJoin(',', request.SecurityGroupIds ?? [])
            .Append('|').Append(request.Placement?.AvailabilityZone)
            .Append('|').Append(request.IamInstanceProfile?.Name ?? request.IamInstanceProfile?.Arn);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
