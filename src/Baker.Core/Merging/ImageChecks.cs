using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// Checks what EC2 would refuse of a merged group's image only after it was provisioned: encryption, sharing, copies, tags,
/// texts.
/// </summary>
internal static class ImageChecks
{
    /// <summary>EC2 takes 50 tags on a resource. Eight are Baker's own, of which a group may set Name itself.</summary>
    private const int MostTags = 42;

    /// <summary>And those of an environment: Baker's, the one in the settings' spelling, and the type.</summary>
    private const int EnvironmentTags = 3;

    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        CheckEncryption(group, diagnostics);
        CheckTagCount(group, group.Find("tags"u8), diagnostics);
        CheckTagCount(group, group.Find("snapshot_tags"u8), diagnostics);
        CheckDescription(group, diagnostics);
    }

    private static void CheckEncryption(MergedGroup group, DiagnosticBag diagnostics)
    {
        var encrypts = group.Find("encrypt_boot"u8) is { Kind: ValueKind.True };
        if (group.Find("kms_key_id"u8) is not { } key)
        {
            if (encrypts && group.Find("ami_users"u8) is { Kind: ValueKind.Array } users && users.Items.Any())
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    users.Winner,
                    $"{group.Name} shares its image, and encrypts it with the account's default key, which no other account can use.",
                    "Name a key of your own in kms_key_id, and let the other accounts use it.");
            }

            return;
        }

        if (!encrypts)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                key.Winner,
                $"{group.Name} has a kms_key_id and no encrypt_boot, so that nothing would be encrypted with the key.",
                "Write \"encrypt_boot\": true beside it, or remove the key.");
            return;
        }

        CheckKeysOfCopies(group, diagnostics);
    }

    // A key belongs to one region; a copy that names none is encrypted with the default key of its region.
    private static void CheckKeysOfCopies(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (group.Find("ami_regions"u8) is not { Kind: ValueKind.Array } regions)
        {
            return;
        }

        var home = group.Find("region"u8)?.Winner.Text ?? "us-east-1";
        var keys = group.Find("region_kms_key_ids"u8) is { Kind: ValueKind.Object } found ? found : null;
        foreach (var region in regions.Items)
        {
            var name = region.Value.Text;
            if (name != home && keys?.Properties.Any(property => property.Name.Text == name) != true)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    region.Value,
                    $"{group.Name} encrypts its image with a key of {home}, and names no key for the copy in {name}.",
                    $"Write \"region_kms_key_ids\": {{\"{name}\": \"alias/images\"}}.");
            }
        }
    }

    private static void CheckTagCount(MergedGroup group, MergedAttribute? tags, DiagnosticBag diagnostics)
    {
        if (tags is { Kind: ValueKind.Object } found
            && found.Properties.Count(property => property.Name.Text is not ("Name" or "group")) is var count
            && MostTags - CodeCount(group) - (group.Environment is null ? 0 : EnvironmentTags) is var most
            && count > most)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                found.Winner,
                $"{group.Name} has {count} {found.Name.Text}; EC2 takes 50 on a resource, of which Baker needs {50 - most}.",
                $"Keep at most {most}.");
        }
    }

    // Each source tree is a tag.
    private static int CodeCount(MergedGroup group) => group.Find("code"u8) switch
    {
        { Kind: ValueKind.Array } list => list.Items.Count(),
        { Kind: ValueKind.Object } => 1,
        _ => 0,
    };

    private static void CheckDescription(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (group.Find("description"u8) is { Kind: ValueKind.String } description
            && group.Source is not null
            && description.Winner.Text.Where(IsForeign).ToArray() is [var foreign, ..])
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                description.Winner,
                $"The description of {group.Name} becomes its image's, and EC2 takes only ASCII there and no control characters, "
                    + $"not {Quoting.Quote(foreign.ToString())}.",
                "Write it with ASCII letters.");
        }
    }

    private static bool IsForeign(char letter) => !char.IsAscii(letter) || (char.IsControl(letter) && letter is not ('\n' or '\t'));
}
