using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Instances;

/// <summary>Attributes of instances: metadata options, protection, user data, instance profiles.</summary>
internal sealed class InstanceAttributeActions(CloudContext cloud, ComputeModel compute)
{
    private readonly Filters<InstanceRecord> _associationFilters = new Filters<InstanceRecord>()
        .Add("instance-id", i => i.Id)
        .Add("state", _ => "associated");

    public void Register(Router router)
    {
        router.Handle<DescribeInstanceAttributeRequest, DescribeInstanceAttributeResponse>(ServiceNames.Compute, Describe);
        router.Handle<ModifyInstanceAttributeRequest, ModifyInstanceAttributeResponse>(ServiceNames.Compute, Modify);
        router.Handle<ModifyInstanceMetadataOptionsRequest, ModifyInstanceMetadataOptionsResponse>(ServiceNames.Compute, ModifyMetadata);
        router.Handle<DescribeInstanceCreditSpecificationsRequest, DescribeInstanceCreditSpecificationsResponse>(
            ServiceNames.Compute,
            DescribeCredits);
        router.Handle<DescribeIamInstanceProfileAssociationsRequest, DescribeIamInstanceProfileAssociationsResponse>(
            ServiceNames.Compute,
            DescribeAssociations);
        router.Handle<AssociateIamInstanceProfileRequest, AssociateIamInstanceProfileResponse>(ServiceNames.Compute, Associate);
        router.Handle<DisassociateIamInstanceProfileRequest, DisassociateIamInstanceProfileResponse>(
            ServiceNames.Compute,
            (call, request) =>
            {
                var instance = Associated(call, request.AssociationId);
                compute.Tables.Instances.Put(instance with { Profile = null, ProfileId = null, ProfileAssociationId = null });
                return new DisassociateIamInstanceProfileResponse
                {
                    IamInstanceProfileAssociation = AssociationOf(instance, "disassociating"),
                };
            });
        router.Handle<ReplaceIamInstanceProfileAssociationRequest, ReplaceIamInstanceProfileAssociationResponse>(
            ServiceNames.Compute,
            (call, request) => new ReplaceIamInstanceProfileAssociationResponse
            {
                IamInstanceProfileAssociation = SetProfile(call, Associated(call, request.AssociationId), request.IamInstanceProfile),
            });
        router.Handle<MonitorInstancesRequest, MonitorInstancesResponse>(ServiceNames.Compute, (call, request) =>
            new MonitorInstancesResponse { InstanceMonitorings = SetMonitoring(call, request.InstanceIds, true) });
        router.Handle<UnmonitorInstancesRequest, UnmonitorInstancesResponse>(ServiceNames.Compute, (call, request) =>
            new UnmonitorInstancesResponse { InstanceMonitorings = SetMonitoring(call, request.InstanceIds, false) });
        router.Handle<GetPasswordDataRequest, GetPasswordDataResponse>(ServiceNames.Compute, (call, request) =>
            new GetPasswordDataResponse
            {
                InstanceId = compute.Lookup.Instance(call, request.InstanceId).Id,
                PasswordData = "",
                Timestamp = cloud.Now.UtcDateTime,
            });
    }

    private DescribeInstanceAttributeResponse Describe(Call call, DescribeInstanceAttributeRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        var shown = new InstanceAttribute { InstanceId = instance.Id };
        switch (request.Attribute?.Value)
        {
            case "userData": shown.UserData = instance.UserData ?? ""; break;
            case "disableApiTermination": shown.DisableApiTermination = instance.DisableApiTermination; break;
            case "disableApiStop": shown.DisableApiStop = instance.DisableApiStop; break;
            case "instanceInitiatedShutdownBehavior": shown.InstanceInitiatedShutdownBehavior = instance.ShutdownBehavior; break;
            case "instanceType": shown.InstanceType = instance.InstanceType; break;
            case "rootDeviceName": shown.RootDeviceName = instance.RootDeviceName; break;
            case "ebsOptimized": shown.EbsOptimized = instance.EbsOptimized; break;
            case "sourceDestCheck": shown.SourceDestCheck = !instance.ForwardsTraffic; break;
            case "groupSet": shown.Groups = InstanceView.Of(instance, compute.Tables).SecurityGroups; break;
            case "blockDeviceMapping": shown.BlockDeviceMappings = InstanceView.Of(instance, compute.Tables).BlockDeviceMappings; break;
            default:
                throw new CloudException(
                    "InvalidParameterValue",
                    $"Value ({request.Attribute?.Value}) for parameter attribute is invalid.");
        }

        return new DescribeInstanceAttributeResponse { InstanceAttribute = shown };
    }

    private ModifyInstanceAttributeResponse Modify(Call call, ModifyInstanceAttributeRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        ReadNamed(request);
        if (request.Kernel is not null || request.Ramdisk is not null || request.SriovNetSupport is not null || request.EnaSupport == false)
        {
            throw new CloudException(
                "UnsupportedOperation",
                "The local cloud does not change an instance's kernel, RAM disk or network driver.");
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        if ((request.UserData is not null || request.InstanceType is not null) && instance.State != "stopped")
        {
            throw new CloudException("IncorrectInstanceState", $"The instance '{instance.Id}' is not in the 'stopped' state.");
        }

        var changed = instance with
        {
            DisableApiTermination = request.DisableApiTermination ?? instance.DisableApiTermination,
            DisableApiStop = request.DisableApiStop ?? instance.DisableApiStop,
            ShutdownBehavior = request.InstanceInitiatedShutdownBehavior ?? instance.ShutdownBehavior,
            InstanceType = request.InstanceType ?? instance.InstanceType,
            ForwardsTraffic = !(request.SourceDestCheck ?? !instance.ForwardsTraffic),
            Volumes = Mapped(instance.Volumes, request.BlockDeviceMappings ?? []),
            EbsOptimized = request.EbsOptimized ?? instance.EbsOptimized,
            UserData = request.UserData?.Value is { } data ? Convert.ToBase64String(data.ToArray()) : instance.UserData,
            SecurityGroupIds = request.Groups is { Count: > 0 } groups ? Groups(groups) : instance.SecurityGroupIds,
        };
        compute.Tables.Instances.Put(changed);
        if (compute.Tables.Interfaces.Find(changed.PrimaryInterfaceId) is { } first)
        {
            compute.Tables.Interfaces.Put(
                first with { SecurityGroupIds = changed.SecurityGroupIds, ForwardsTraffic = changed.ForwardsTraffic });
        }

        return new ModifyInstanceAttributeResponse();

        ImmutableArray<string> Groups(List<string> ids) => Interfaces.CheckGroups(
            compute.Lookup,
            compute.Tables,
            call,
            compute.Tables.Subnets.Find(instance.SubnetId)!,
            ids,
            () => "");
    }

    /// <summary>Reads the older form of a request, one attribute by its name, into the members that the newer form has.</summary>
    private static void ReadNamed(ModifyInstanceAttributeRequest request)
    {
        if (request.Value is not { } value)
        {
            return;
        }

        switch (request.Attribute?.Value)
        {
            case "disableApiTermination": request.DisableApiTermination = Flag(); break;
            case "disableApiStop": request.DisableApiStop = Flag(); break;
            case "sourceDestCheck": request.SourceDestCheck = Flag(); break;
            case "ebsOptimized": request.EbsOptimized = Flag(); break;
            case "instanceInitiatedShutdownBehavior": request.InstanceInitiatedShutdownBehavior = value; break;
            case "instanceType": request.InstanceType = value; break;
            case "userData": request.UserData = new SecureBlobAttributeValue { Value = new MemoryStream(Bytes()) }; break;
            case { } other: throw new CloudException("InvalidParameterValue", $"Value ({other}) for parameter attribute is invalid.");
            default: throw CloudException.Missing("attribute");
        }

        bool Flag() => bool.TryParse(value, out var flag) ? flag : throw Invalid();

        byte[] Bytes()
        {
            var bytes = new byte[value.Length];
            return Convert.TryFromBase64String(value, bytes, out var length) ? bytes[..length] : throw Invalid();
        }

        CloudException Invalid() => new("InvalidParameterValue", $"Value ({value}) for parameter value is invalid.");
    }

    /// <summary>The volumes, with what the mappings say about the end of their instance.</summary>
    private static ImmutableArray<AttachedVolume> Mapped(
        ImmutableArray<AttachedVolume> volumes,
        List<InstanceBlockDeviceMappingSpecification> mappings)
    {
        foreach (var mapping in mappings)
        {
            var volume = volumes.FirstOrDefault(each => each.DeviceName == mapping.DeviceName)
                ?? throw new CloudException("InvalidInstanceAttributeValue", $"No device is currently mapped at {mapping.DeviceName}");
            if (mapping.Ebs?.VolumeId is { } id && id != volume.VolumeId)
            {
                throw new CloudException(
                    "InvalidInstanceAttributeValue",
                    $"The volume at {mapping.DeviceName} is {volume.VolumeId}, not {id}");
            }

            volumes = volumes.Replace(
                volume,
                volume with { DeleteOnTermination = mapping.Ebs?.DeleteOnTermination ?? volume.DeleteOnTermination });
        }

        return volumes;
    }

    private ModifyInstanceMetadataOptionsResponse ModifyMetadata(Call call, ModifyInstanceMetadataOptionsRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        var changed = instance with
        {
            HttpTokens = request.HttpTokens?.Value ?? instance.HttpTokens,
            HttpEndpoint = request.HttpEndpoint?.Value ?? instance.HttpEndpoint,
            HttpHopLimit = request.HttpPutResponseHopLimit ?? instance.HttpHopLimit,
            InstanceMetadataTags = request.InstanceMetadataTags?.Value ?? instance.InstanceMetadataTags,
        };
        compute.Tables.Instances.Put(changed);
        return new ModifyInstanceMetadataOptionsResponse
        {
            InstanceId = instance.Id,
            InstanceMetadataOptions = InstanceView.Of(changed, compute.Tables).MetadataOptions,
        };
    }

    private DescribeInstanceCreditSpecificationsResponse DescribeCredits(Call call, DescribeInstanceCreditSpecificationsRequest request)
    {
        var instances = request.InstanceIds is { Count: > 0 } ids ? compute.Lookup.Instances(call, ids) : [];
        return new DescribeInstanceCreditSpecificationsResponse
        {
            InstanceCreditSpecifications = [.. instances.Where(i => i.InstanceType[0] == 't').Select(i => new InstanceCreditSpecification
            {
                InstanceId = i.Id,
                CpuCredits = i.InstanceType.StartsWith("t2", StringComparison.Ordinal) ? "standard" : "unlimited",
            })],
        };
    }

    private DescribeIamInstanceProfileAssociationsResponse DescribeAssociations(
        Call call,
        DescribeIamInstanceProfileAssociationsRequest request)
    {
        var filter = _associationFilters.Compile(request.Filters);
        return new DescribeIamInstanceProfileAssociationsResponse
        {
            IamInstanceProfileAssociations = [.. compute.Tables.Instances.All
                .Where(i => i.Region == call.Region && i.IsLive && i.ProfileAssociationId is not null)
                .Where(i => request.AssociationIds is not { Count: > 0 } ids || ids.Contains(i.ProfileAssociationId!))
                .Where(filter)
                .Select(i => AssociationOf(i, "associated"))],
        };
    }

    private AssociateIamInstanceProfileResponse Associate(Call call, AssociateIamInstanceProfileRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        if (instance.ProfileAssociationId is not null)
        {
            throw new CloudException("IncorrectState", $"There is an existing association for instance {instance.Id}");
        }

        return instance.State is "running" or "stopped" or "pending"
            ? new AssociateIamInstanceProfileResponse
            {
                IamInstanceProfileAssociation = SetProfile(call, instance, request.IamInstanceProfile),
            }
            : throw new CloudException("IncorrectInstanceState", $"The instance '{instance.Id}' is {instance.State}.");
    }

    private IamInstanceProfileAssociation SetProfile(Call call, InstanceRecord instance, IamInstanceProfileSpecification asked)
    {
        var profile = compute.Launcher.ProfileOf(call, asked) ?? throw CloudException.Missing("IamInstanceProfile");
        var changed = instance with
        {
            Profile = profile.Arn,
            ProfileId = profile.Id,
            ProfileAssociationId = Identifiers.New("iip-assoc"),
        };
        compute.Tables.Instances.Put(changed);
        return AssociationOf(changed, "associating");
    }

    private InstanceRecord Associated(Call call, string id) =>
        compute.Tables.Instances.All.FirstOrDefault(i => i.Region == call.Region && i.IsLive && i.ProfileAssociationId == id)
        ?? throw new CloudException("NoSuchAssociation", $"An invalid association-id of '{id}' was given");

    private static IamInstanceProfileAssociation AssociationOf(InstanceRecord instance, string state) => new()
    {
        AssociationId = instance.ProfileAssociationId,
        InstanceId = instance.Id,
        IamInstanceProfile = InstanceView.ProfileOf(instance),
        State = state,
    };

    private List<InstanceMonitoring> SetMonitoring(Call call, List<string>? ids, bool on)
    {
        var instances = compute.Lookup.Instances(call, ids);
        instances.ForEach(i => compute.Tables.Instances.Put(i with { Monitoring = on }));
        return [.. instances.Select(i => new InstanceMonitoring
        {
            InstanceId = i.Id,
            Monitoring = new Monitoring { State = on ? MonitoringState.Enabled : MonitoringState.Disabled },
        })];
    }
}
