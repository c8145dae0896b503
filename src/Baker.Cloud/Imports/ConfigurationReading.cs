using Amazon.AutoScaling.Model;
using Baker.Core.Imports;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Imports;

/// <summary>What a launch configuration, the older form of a launch template, says.</summary>
internal static class ConfigurationReading
{
    public static void Read(ImportDraft draft, string place, LaunchConfiguration configuration)
    {
        TemplateReading.ReadImage(draft, place, configuration.ImageId);
        TemplateReading.ReadText(draft, place, "InstanceType", configuration.InstanceType, "instance_type");
        TemplateReading.ReadText(draft, place, "IamInstanceProfile", configuration.IamInstanceProfile, "iam_instance_profile");
        TemplateReading.ReadFlag(draft, place, "EbsOptimized", configuration.EbsOptimized, "ebs_optimized");
        TemplateReading.ReadFlag(
            draft,
            place,
            "AssociatePublicIpAddress",
            configuration.AssociatePublicIpAddress,
            "associate_public_ip_address");
        TemplateReading.ReadGroups(draft, place, "SecurityGroups", configuration.SecurityGroups);
        TemplateReading.ReadUserData(draft, place, configuration.UserData);
        TemplateReading.ReadKey(draft, place, configuration.KeyName);
        var devices = new JArray((configuration.BlockDeviceMappings ?? []).Where(mapping => mapping.Ebs is not null).Select(mapping =>
            TemplateReading.Device(
                mapping.DeviceName,
                ("volume_size", mapping.Ebs.VolumeSize),
                ("volume_type", mapping.Ebs.VolumeType),
                ("iops", mapping.Ebs.Iops),
                ("throughput", mapping.Ebs.Throughput),
                ("encrypted", mapping.Ebs.Encrypted),
                ("snapshot_id", mapping.Ebs.SnapshotId),
                ("delete_on_termination", mapping.Ebs.DeleteOnTermination))));
        if (devices.Count > 0)
        {
            draft.Carry("launch_block_device_mappings", devices, place, "BlockDeviceMappings");
        }

        foreach (var (name, isThere) in new[]
        {
            ("SpotPrice", !string.IsNullOrEmpty(configuration.SpotPrice)),
            ("PlacementTenancy", configuration.PlacementTenancy is { Length: > 0 } and not "default"),
            ("KernelId", !string.IsNullOrEmpty(configuration.KernelId)),
            ("RamdiskId", !string.IsNullOrEmpty(configuration.RamdiskId)),
            ("ClassicLinkVPCId", !string.IsNullOrEmpty(configuration.ClassicLinkVPCId)),
        })
        {
            if (isThere)
            {
                draft.Leave(place, name, "a manifest has nothing like it");
            }
        }
    }
}
