using System.Globalization;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;

namespace Baker.LocalCloud.Compute.Instances;

/// <summary>The filters of DescribeInstances.</summary>
internal static class InstanceFilters
{
    public static Filters<InstanceRecord> Make(ComputeTables tables) => new Filters<InstanceRecord>()
        .Add("instance-id", i => i.Id)
        .Add("image-id", i => i.ImageId)
        .Add("instance-type", i => i.InstanceType)
        .Add("instance-state-name", i => i.State)
        .Add("instance-state-code", i => InstanceView.Codes[i.State].ToString(CultureInfo.InvariantCulture))
        .Add("availability-zone", i => i.Zone)
        .Add("architecture", i => i.Architecture)
        .Add("client-token", i => i.ClientToken)
        .Add("key-name", i => i.KeyName)
        .Add("subnet-id", i => i.SubnetId)
        .Add("network-interface.subnet-id", i => i.SubnetId)
        .Add("vpc-id", i => i.VpcId)
        .Add("reservation-id", i => i.ReservationId)
        .Add("owner-id", _ => Identifiers.AccountId)
        .Add("private-ip-address", i => i.Address)
        .Add("ip-address", i => i.PublicAddress)
        .Add("network-interface.network-interface-id", i => i.InterfaceId)
        .Add("network-interface.vpc-id", i => i.VpcId)
        .Add("network-interface.association.public-ip", i => i.PublicAddress)
        .Add("association.public-ip", i => i.PublicAddress)
        .Add("private-dns-name", i => $"ip-{i.Address.Replace('.', '-')}.ec2.internal")
        .Add("root-device-name", i => i.RootDeviceName)
        .Add("root-device-type", _ => "ebs")
        .Add("tenancy", _ => "default")
        .Add("virtualization-type", _ => "hvm")
        .Add("instance-lifecycle", i => i.IsSpot ? "spot" : null)
        .Add("launch-index", i => i.LaunchIndex.ToString(CultureInfo.InvariantCulture))
        .Add("launch-time", i => i.LaunchTime.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"))
        .Add("monitoring-state", i => i.Monitoring ? "enabled" : "disabled")
        .Add("state-reason-code", i => i.StateReasonCode)
        .Add("metadata-options.http-tokens", i => i.HttpTokens)
        .Add("iam-instance-profile.arn", i => i.Profile is null ? null : InstanceView.ProfileOf(i).Arn)
        .Add("iam-instance-profile.name", i => i.Profile?[(i.Profile.LastIndexOf('/') + 1)..])
        .AddMany("instance.group-id", i => i.SecurityGroupIds)
        .AddMany("network-interface.group-id", i => i.SecurityGroupIds)
        .AddMany("group-id", i => i.SecurityGroupIds)
        .AddMany("instance.group-name", i => i.SecurityGroupIds.Select(id => tables.SecurityGroups.Find(id)?.Name))
        .AddMany("group-name", i => i.SecurityGroupIds.Select(id => tables.SecurityGroups.Find(id)?.Name))
        .AddMany("block-device-mapping.volume-id", i => i.Volumes.Select(v => v.VolumeId))
        .AddMany("block-device-mapping.device-name", i => i.Volumes.Select(v => v.DeviceName))
        .AddTags(i => i.Tags);
}
