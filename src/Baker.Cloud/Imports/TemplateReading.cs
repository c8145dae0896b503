using System.Text;
using Amazon.EC2.Model;
using Baker.Core.Imports;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Imports;

/// <summary>What a version of a launch template says, as a group's attributes.</summary>
internal static class TemplateReading
{
    private const string None = "a manifest has nothing like it";
    private const string Parameter = "resolve:ssm:";

    public static void Read(ImportDraft draft, string place, ResponseLaunchTemplateData data)
    {
        ReadImage(draft, place, data.ImageId);
        ReadText(draft, place, "InstanceType", data.InstanceType?.Value, "instance_type");
        ReadText(draft, place, "IamInstanceProfile", data.IamInstanceProfile?.Name ?? data.IamInstanceProfile?.Arn, "iam_instance_profile");
        ReadText(
            draft,
            place,
            "InstanceInitiatedShutdownBehavior",
            data.InstanceInitiatedShutdownBehavior?.Value,
            "shutdown_behavior");
        ReadFlag(draft, place, "EbsOptimized", data.EbsOptimized, "ebs_optimized");
        ReadGroups(draft, place, "SecurityGroupIds", data.SecurityGroupIds);
        ReadGroups(draft, place, "SecurityGroups", data.SecurityGroups);
        ReadInterfaces(draft, place, data.NetworkInterfaces ?? []);
        ReadDevices(draft, place, data.BlockDeviceMappings ?? []);
        ReadUserData(draft, place, data.UserData);
        foreach (var tags in data.TagSpecifications ?? [])
        {
            foreach (var tag in tags.Tags ?? [])
            {
                if (tags.ResourceType?.Value == "instance")
                {
                    draft.Carry("tags", tag.Value ?? "", place, $"tag {tag.Key}", tag.Key);
                }
                else if (draft.Attributes["tags"]?[tag.Key]?.ToString() != tag.Value)
                {
                    draft.Leave(place, $"tag {tag.Key} of {tags.ResourceType?.Value}", "volumes have the tags of their instances");
                }
            }
        }

        LeaveRest(draft, place, data);
    }

    public static void ReadImage(ImportDraft draft, string place, string? image)
    {
        if (image?.StartsWith(Parameter, StringComparison.Ordinal) == true)
        {
            draft.Carry("source_ami_parameter", image[Parameter.Length..], place, "ImageId");
        }
        else
        {
            ReadText(draft, place, "ImageId", image, "source_ami");
        }
    }

    public static void ReadText(ImportDraft draft, string place, string name, string? value, string attribute)
    {
        if (!string.IsNullOrEmpty(value))
        {
            draft.Carry(attribute, value, place, name);
        }
    }

    public static void ReadFlag(ImportDraft draft, string place, string name, bool? value, string attribute)
    {
        if (value is { } flag)
        {
            draft.Carry(attribute, flag, place, name);
        }
    }

    public static void ReadGroups(ImportDraft draft, string place, string name, List<string>? groups)
    {
        if (groups is { Count: > 0 })
        {
            draft.AppendNew("security_groups", groups.Select(group => new JValue(group)), place, name);
        }
    }

    public static void ReadKey(ImportDraft draft, string place, string? name)
    {
        if (!string.IsNullOrEmpty(name))
        {
            draft.Leave(place, $"KeyName {name}", "Baker's instances are reached through Session Manager, or with communicator ssh");
        }
    }

    public static void ReadUserData(ImportDraft draft, string place, string? encoded)
    {
        if (string.IsNullOrEmpty(encoded))
        {
            return;
        }

        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
        {
            bytes = Encoding.UTF8.GetBytes(encoded);
            length = bytes.Length;
        }

        var content = bytes.AsMemory(0, length);
        var path = $"scripts/{draft.Group}-user-data{(content.Span.StartsWith("#!"u8) ? ".sh" : "")}";
        draft.Add(path, content);
        draft.Carry("user_data_file", path, place, $"UserData (as {path}; look for secrets in it before you commit it)");
    }

    private static void ReadInterfaces(
        ImportDraft draft,
        string place,
        List<LaunchTemplateInstanceNetworkInterfaceSpecification> interfaces)
    {
        foreach (var (each, index) in interfaces.Select((each, index) => (each, index)))
        {
            var name = $"NetworkInterfaces[{index}]";
            if (each.DeviceIndex is > 0 || index > 0)
            {
                draft.Leave(place, name, "Baker's instances have one network interface");
                continue;
            }

            ReadGroups(draft, place, $"{name}.Groups", each.Groups);
            ReadFlag(draft, place, $"{name}.AssociatePublicIpAddress", each.AssociatePublicIpAddress, "associate_public_ip_address");
            ReadText(draft, place, $"{name}.SubnetId", each.SubnetId, "subnet_id");
            if (!string.IsNullOrEmpty(each.NetworkInterfaceId) || !string.IsNullOrEmpty(each.PrivateIpAddress))
            {
                draft.Leave(place, $"{name}.PrivateIpAddress", None);
            }

            if (each.Ipv6AddressCount is > 0 || each.Ipv6Addresses is { Count: > 0 })
            {
                draft.Leave(place, $"{name}.Ipv6Addresses", None);
            }
        }
    }

    private static void ReadDevices(ImportDraft draft, string place, List<LaunchTemplateBlockDeviceMapping> mappings)
    {
        var devices = new JArray();
        foreach (var mapping in mappings)
        {
            if (mapping.Ebs is not { } disk)
            {
                draft.Leave(place, $"BlockDeviceMappings: {mapping.DeviceName}", "a manifest has EBS volumes alone");
                continue;
            }

            devices.Add(Device(
                mapping.DeviceName,
                ("volume_size", disk.VolumeSize),
                ("volume_type", disk.VolumeType?.Value),
                ("iops", disk.Iops),
                ("throughput", disk.Throughput),
                ("encrypted", disk.Encrypted),
                ("kms_key_id", disk.KmsKeyId),
                ("snapshot_id", disk.SnapshotId),
                ("delete_on_termination", disk.DeleteOnTermination)));
        }

        if (devices.Count > 0)
        {
            draft.Carry("launch_block_device_mappings", devices, place, "BlockDeviceMappings");
        }
    }

    public static JObject Device(string name, params (string Name, JToken? Value)[] fields)
    {
        var device = new JObject { ["device_name"] = name };
        foreach (var (field, value) in fields)
        {
            if (value is { Type: not JTokenType.Null } && value.ToString().Length > 0)
            {
                device[field] = value;
            }
        }

        return device;
    }

    private static void LeaveRest(ImportDraft draft, string place, ResponseLaunchTemplateData data)
    {
        ReadKey(draft, place, data.KeyName);
        foreach (var (name, isThere, why) in new (string, bool, string)[]
        {
            ("Monitoring", data.Monitoring?.Enabled == true, None),
            ("Placement", data.Placement is { } at
                && (at.GroupName ?? at.Tenancy?.Value ?? at.HostId ?? at.AvailabilityZone) is { Length: > 0 }, None),
            ("KernelId", !string.IsNullOrEmpty(data.KernelId), None),
            ("RamDiskId", !string.IsNullOrEmpty(data.RamDiskId), None),
            ("DisableApiTermination", data.DisableApiTermination == true, None),
            ("DisableApiStop", data.DisableApiStop == true, None),
            (
                "InstanceMarketOptions",
                data.InstanceMarketOptions?.MarketType is not null,
                "write autoscale.instance_types with a spot_share"),
            ("InstanceRequirements", data.InstanceRequirements is not null, "name the types: instance_type, autoscale.instance_types"),
            ("CreditSpecification", !string.IsNullOrEmpty(data.CreditSpecification?.CpuCredits), None),
            ("CpuOptions", data.CpuOptions?.CoreCount is not null, None),
            (
                "CapacityReservationSpecification",
                data.CapacityReservationSpecification?.CapacityReservationPreference is not null,
                None),
            ("LicenseSpecifications", data.LicenseSpecifications is { Count: > 0 }, None),
            ("HibernationOptions", data.HibernationOptions?.Configured == true, None),
            ("EnclaveOptions", data.EnclaveOptions?.Enabled == true, None),
            ("MetadataOptions", data.MetadataOptions?.HttpTokens is not null, "Baker's instances take IMDSv2 alone"),
            ("PrivateDnsNameOptions", data.PrivateDnsNameOptions?.HostnameType is not null, None),
            ("MaintenanceOptions", data.MaintenanceOptions?.AutoRecovery is not null, None),
        })
        {
            if (isThere)
            {
                draft.Leave(place, name, why);
            }
        }
    }
}
