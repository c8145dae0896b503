using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks that a group's nodes can read their configuration, and that what is said of it says something.</summary>
internal static class ConfigChecks
{
    private static readonly string[] s_more =
    [
        "config_reload", "config_secrets", "config_kms_key_id", "uses", "services_reload", "services_converge", "drain", "catalog_user",
    ];

    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (group.Find("config"u8) is not { } config)
        {
            foreach (var attribute in group.Attributes)
            {
                if (Array.Exists(s_more, name => attribute.Name.Text == name)
                    && attribute.Kind != ValueKind.Null
                    && !(attribute.Kind == ValueKind.Array && !attribute.Items.Any()))
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        attribute.Winner,
                        $"{group.Name} has a {attribute.Name.Text} and no config, so that its nodes would be given no configuration.",
                        "Write \"config\": true beside it, or remove it.");
                    return;
                }
            }

            return;
        }

        if (config.Kind == ValueKind.True && group.Find("iam_instance_profile"u8) is not { Kind: ValueKind.String })
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                config.Winner,
                $"{group.Name} has config, and no iam_instance_profile: its nodes would have no role to read their configuration with.",
                "Name an instance profile whose role may read it; docs/config.md has the policy.");
        }

        if (config.Kind == ValueKind.True
            && group.Find("communicator"u8) is { Kind: ValueKind.String } communicator
            && communicator.Winner.Text == "none")
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                communicator.Winner,
                $"{group.Name} has the communicator none, and config (at {config.Winner.Position}): "
                    + "nothing could put baker-node on its image.",
                "Name the communicator ssm or ssh, or write \"config\": false.");
        }
    }
}
