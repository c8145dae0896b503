using System.Collections.Immutable;

namespace Baker.Core.Manifest;

/// <summary>
/// Checks and reads <c>accounts</c> of the settings. A typo there would give images to somebody else, so everything is an error.
/// </summary>
internal static class AccountChecks
{
    private static readonly ValueCheck Region = Checks.TextLike("a region", "regions", Shapes.IsRegion);

    private static readonly (string Name, ValueCheck Check)[] Fields =
    [
        ("id", Checks.TextLike("a 12-digit account id in quotes", "", Shapes.IsAccount)),
        (
            "role_arn",
            Checks.TextLike("the ARN of a role such as arn:aws:iam::123456789012:role/images", "", text => AccountOf(text) is not null)),
        ("regions", Checks.ListOf(Region)),
        ("kms_key_ids", Checks.MapOf(Checks.Text, Region)),
    ];

    private static readonly ValueCheck Name =
        Checks.TextLike("the name of an account, of letters, digits, hyphens and underscores", "", Shapes.IsTaskName);

    /// <summary>An object with an account for each name.</summary>
    public static ValueCheck Accounts { get; } = Checks.MapOf(new ValueCheck("accounts", "accounts", Check), Name);

    public static ImmutableArray<OtherAccount> Read(ManifestValue? accounts)
    {
        if (accounts is not { } found)
        {
            return [];
        }

        var read = ImmutableArray.CreateBuilder<OtherAccount>();
        foreach (var (name, account) in found.Properties)
        {
            var keys = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            if (account.Find("kms_key_ids"u8) is { } given)
            {
                foreach (var (region, key) in given.Properties)
                {
                    keys[region.Text] = key.Text;
                }
            }

            read.Add(new OtherAccount(
                name.Text,
                account.Find("id"u8)!.Value.Text,
                account.Find("role_arn"u8)!.Value.Text,
                account.Find("regions"u8) is { } regions ? [.. regions.Items.ToList().Select(region => region.Text)] : [],
                keys.ToImmutable()));
        }

        return read.ToImmutable();
    }

    private static void Check(CheckContext context, string path, ManifestValue account)
    {
        if (account.Kind != ValueKind.Object)
        {
            context.WrongType(path, account, "an object");
            return;
        }

        var before = context.Diagnostics.Count;
        foreach (var (name, value) in account.Properties)
        {
            var text = name.Text;
            if (Array.Find(Fields, field => field.Name == text) is (not null, { } check))
            {
                check.Run(context, $"{path}.{text}", value);
                continue;
            }

            var names = Fields.Select(field => field.Name).ToArray();
            context.Diagnostics.Error(
                DiagnosticCode.UnknownAttribute,
                name,
                $"{path} has no attribute {Quoting.Quote(text)}.",
                DidYouMean.Suggest(text, names, $"It has {string.Join(", ", names)}."));
        }

        if (account.Find("id"u8) is null)
        {
            Missing(context, path, account, "id");
        }

        if (account.Find("role_arn"u8) is null)
        {
            Missing(context, path, account, "role_arn");
        }

        if (context.Diagnostics.Count == before)
        {
            CheckTogether(context, path, account);
        }
    }

    private static void CheckTogether(CheckContext context, string path, ManifestValue account)
    {
        var (id, role) = (account.Find("id"u8)!.Value, account.Find("role_arn"u8)!.Value);
        if (AccountOf(role.Text) != id.Text)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                role,
                $"{path}.role_arn is a role of account {AccountOf(role.Text)}, and {path}.id is {id.Text}.",
                "Name a role of that account, which this one may take on.");
        }

        var regions = new HashSet<string>(StringComparer.Ordinal);
        if (account.Find("regions"u8) is { } given)
        {
            if (given.IsEmpty)
            {
                context.BadValue(
                    $"{path}.regions",
                    given,
                    "a list of at least one region",
                    "Leave it out: then it is where a group has images.");
                return;
            }

            foreach (var region in given.Items)
            {
                if (!regions.Add(region.Text))
                {
                    context.Diagnostics.Error(
                        DiagnosticCode.Conflict,
                        region,
                        $"{path}.regions names {region.Text} twice.",
                        "Leave one of them out.");
                }
            }
        }

        if (account.Find("kms_key_ids"u8) is { } keys)
        {
            foreach (var (region, key) in keys.Properties)
            {
                CheckKey(context, path, regions, region, key);
            }
        }
    }

    private static void CheckKey(CheckContext context, string path, HashSet<string> regions, ManifestValue region, ManifestValue key)
    {
        if (regions.Count > 0 && !regions.Contains(region.Text))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                region,
                $"{path}.kms_key_ids has a key for {region.Text}, which is not among {path}.regions.",
                DidYouMean.Suggest(
                    region.Text,
                    [.. regions],
                    $"They are {string.Join(", ", regions)}: add it there, or leave the key out."));
        }

        if (key.Text.Split(':') is ["arn", _, "kms", var keyRegion, ..] && keyRegion != region.Text)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                key,
                $"{path}.kms_key_ids.{region.Text} is a key of {keyRegion}.",
                "Images are encrypted with a key of their own region.");
        }
    }

    private static void Missing(CheckContext context, string path, ManifestValue account, string attribute) => context.Diagnostics.Error(
        DiagnosticCode.BadValue,
        account,
        $"{path} needs the attribute \"{attribute}\".",
        $"Write for example {context.Example}");

    /// <summary>The account of a role's ARN; null where it is none.</summary>
    private static string? AccountOf(string arn) =>
        arn.Split(':', 6) is ["arn", ['a', 'w', 's', ..], "iam", "", var account, ['r', 'o', 'l', 'e', '/', _, ..]]
        && Shapes.IsAccount(account)
        && !arn.Any(char.IsWhiteSpace)
            ? account
            : null;
}
