using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks <c>launch_block_device_mappings</c> as EC2 does when it launches.</summary>
internal static class DeviceChecks
{
    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        CheckSpeed(group, diagnostics);
        if (group.Find("launch_block_device_mappings"u8) is not { Kind: ValueKind.Array } devices)
        {
            return;
        }

        var seen = new Dictionary<string, ManifestValue>();
        foreach (var (device, _) in devices.Items)
        {
            if (device.Kind != ValueKind.Object || device.Find("device_name"u8) is not { Kind: ValueKind.String } name)
            {
                continue;
            }

            if (!seen.TryAdd(name.Text, name))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    name,
                    $"{group.Name} maps {Quoting.Quote(name.Text)} here and also at {seen[name.Text].Position}.",
                    "Lists are appended to the base's: keep one of the two, or write \"launch_block_device_mappings\": "
                        + "null in the group to drop the base's.");
            }

            CheckVolume(group.Name, name.Text, device, diagnostics);
        }
    }

    private static void CheckSpeed(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (group.Find("fast_snapshot_restore"u8) is not { Kind: ValueKind.True or ValueKind.Array } fast)
        {
            return;
        }

        // https://docs.aws.amazon.com/ebs/latest/userguide/initalize-volume.html: a rate goes before the fast restore that is paid for.
        if (group.Find("volume_initialization_rate"u8) is { Kind: ValueKind.Number } rate)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                rate.Winner,
                $"{group.Name} has a volume_initialization_rate, and a fast_snapshot_restore, which it would make useless.",
                "Keep one of the two.");
        }

        var region = group.Find("region"u8)?.Winner.Text ?? "us-east-1";
        foreach (var (zone, _) in fast.Kind == ValueKind.Array ? fast.Items : [])
        {
            if (!zone.Text.StartsWith(region, StringComparison.Ordinal))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    zone,
                    $"{group.Name} is in {region}, and {Quoting.Quote(zone.Text)} is no availability zone of that.",
                    $"Write for example [\"{region}a\"], or true for the zones of its fleet.");
            }
        }
    }

    private static void CheckVolume(GroupName group, string name, ManifestValue device, DiagnosticBag diagnostics)
    {
        var type = device.Find("volume_type"u8) is { Kind: ValueKind.String } text ? text.Text : null;
        if (device.Find("iops"u8) is { Kind: ValueKind.Number } iops && type is "gp2" or "st1" or "sc1" or "standard")
        {
            Add(iops, $"has iops, which a {type} volume does not take", "Make it gp3, io1 or io2, or remove iops.");
        }
        else if (type is "io1" or "io2" && device.Find("iops"u8) is null)
        {
            Add(device, $"is a {type} volume without iops", "Add for example \"iops\": 3000.");
        }

        if (device.Find("throughput"u8) is { Kind: ValueKind.Number } throughput && type is not (null or "gp3"))
        {
            Add(throughput, $"has a throughput, which only gp3 volumes take, not {type}", "Make it gp3, or remove throughput.");
        }

        if (device.Find("kms_key_id"u8) is { Kind: ValueKind.String } key && device.Find("encrypted"u8) is not { Kind: ValueKind.True })
        {
            Add(key, "has a kms_key_id and is not encrypted", "Write \"encrypted\": true beside it, or remove the key.");
        }

        void Add(ManifestValue place, string what, string remedy) =>
            diagnostics.Error(DiagnosticCode.Conflict, place, $"{Quoting.Quote(name)} of {group} {what}.", remedy);
    }
}
