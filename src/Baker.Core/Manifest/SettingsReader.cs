using System.Collections.Immutable;
using System.Text;

namespace Baker.Core.Manifest;

/// <summary>Reads <c>__settings__</c>; an unknown setting is an error, because a typo would mean another cloud.</summary>
internal static class SettingsReader
{
    private static readonly ValueCheck Folder = Checks.TextLike("a folder inside the project's folder", "folders", Shapes.IsProjectPath);

    private static readonly ValueCheck FreeTag = Checks.TextLike(
        "the key of a tag, of letters, digits and + - = . , _ : @, that is neither Name, group, aws: nor baker:",
        "keys of tags",
        Shapes.IsFreeTagKey);

    private static readonly AttributeRule[] Rules =
    [
        new("cloud", "\"local\"", Checks.OneOf("aws", "local")),
        new("roles_folder", "\"roles\"", Folder),
        new("packer_folder", "\"packer\"", Folder),
        new("environments_folder", "\"environments\"", Folder),
        new("dna_folder", "\"dna\"", Folder),
        new("templates_folder", "\"templates\"", Folder),
        new("builds_folder", "\"builds\"", Folder),
        new("cookbooks_folder", "\"cookbooks\"", Checks.OneOrListOf(Folder)),
        new("data_bags_folder", "\"data_bags\"", Checks.OneOrListOf(Folder)),
        new("environment", "\"staging\"", Checks.Text),
        new("environment_tag", "\"Env\"", FreeTag),
        new("type_tag", "\"Type\"", FreeTag),
        new(
            "name_tag",
            "\"{{environment}}{{group}}{{n}}\"",
            Checks.TextLike("a name made of texts and {{environment}}, {{group}} and {{n}}", "names", Shapes.IsNamePattern)),
        new("bucket", "\"my-bake-bucket\"", Checks.Text),
        new("bucket_prefix", "\"baker/\"", Checks.Text),
        new("agent_timeout", "\"10m\"", Checks.TextLike("a duration such as 10m, longer than none", "durations", Shapes.IsTimeout)),
        new(
            "public_address_url",
            "\"https://checkip.amazonaws.com\"",
            Checks.TextLike("an http or https address", "http or https addresses", Shapes.IsWebAddress)),
        new(
            "accounts",
            "{\"prod\": {\"id\": \"123456789012\", \"role_arn\": \"arn:aws:iam::123456789012:role/images\"}}",
            AccountChecks.Accounts),
        new("catalog", "\"ssm\"", ServiceChecks.Catalog),
        new(
            "local",
            "{\"delays\": {\"running\": 12}, \"delay_scale\": 0.1}",
            Checks.Fields(
                0,
                ("delays", Checks.MapOf(Checks.NumberFromZeroTo(24 * 60 * 60))),
                ("delay_scale", Checks.NumberFromZeroTo(1000)),
                (
                    "limits",
                    Checks.Fields(
                        0,
                        ("processes", Checks.Integer(32, 4_000_000)),
                        ("memory", Checks.Integer(64, 64L * 1024 * 1024)))))),
    ];

    /// <summary>What the program keeps for itself in a project's folder.</summary>
    private const string StateFolder = ".package";

    public static Settings Read(ManifestValue? found, DiagnosticBag diagnostics)
    {
        if (found is not { } value)
        {
            return new Settings();
        }

        var context = new CheckContext(diagnostics) { Example = "\"__settings__\": {\"cloud\": \"local\"}" };
        if (value.Kind != ValueKind.Object)
        {
            context.WrongType("__settings__", value, "an object");
            return new Settings();
        }

        var before = diagnostics.Count;
        foreach (var (name, setting) in value.Properties)
        {
            var text = name.Text;
            if (Array.Find(Rules, rule => rule.Name == text) is { } rule)
            {
                context.Example = rule.Example;
                rule.Check.Run(context, $"__settings__.{text}", setting);
            }
            else
            {
                var names = Rules.Select(known => known.Name).ToArray();
                diagnostics.Error(
                    DiagnosticCode.ReservedKey,
                    name,
                    $"There is no setting {Quoting.Quote(text)}.",
                    DidYouMean.Suggest(text, names, $"The settings are {string.Join(", ", names)}."));
            }
        }

        if (diagnostics.All.Skip(before).Any(diagnostic => diagnostic.Severity == Severity.Error))
        {
            return new Settings();
        }

        var settings = Build(value);
        CheckFolders(value, settings, diagnostics);
        if (settings.TypeTag == settings.EnvironmentTag)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                value.Find("type_tag"u8)!.Value,
                $"__settings__.type_tag and environment_tag are both {Quoting.Quote(settings.EnvironmentTag)}: "
                    + "one tag cannot hold the group and the environment.",
                "Give each a tag of its own, such as \"Type\" and \"Env\"; without environment_tag the environment's is \"environment\".");
        }

        return settings;
    }

    /// <summary>Two kinds of files in one folder would overwrite each other, and beside the manifest they would overwrite that.</summary>
    private static void CheckFolders(ManifestValue value, Settings settings, DiagnosticBag diagnostics)
    {
        (string Setting, string Folder)[] all =
        [
            ("roles_folder", settings.RolesFolder),
            ("packer_folder", settings.PackerFolder),
            ("environments_folder", settings.EnvironmentsFolder),
            ("dna_folder", settings.DnaFolder),
            ("templates_folder", settings.TemplatesFolder),
            ("builds_folder", settings.BuildsFolder),
        ];
        foreach (var read in settings.CookbooksFolders.Concat(settings.DataBagsFolders).Where(read => read.Place is not null))
        {
            if (read.Path.Length == 0 || Array.Exists(all, written => IsSame(read.Path, Plain(written.Folder))))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    read.Place!.Value,
                    $"{Quoting.Quote(read.Path.Length == 0 ? "." : read.Path)} has files of the program's own; "
                        + "cookbooks and data bags need folders of theirs.",
                    "Name a folder of its own, such as \"cookbooks\".");
            }
        }

        foreach (var (setting, folder) in all)
        {
            if (value.Find(Encoding.UTF8.GetBytes(setting)) is not { } written)
            {
                continue;
            }

            var plain = Plain(folder);
            if (plain.Length == 0 || IsSame(plain.Split('/')[0], StateFolder))
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    written,
                    plain.Length == 0
                        ? $"__settings__.{setting} is the manifest's own folder, where a group's file could overwrite the manifest."
                        : $"__settings__.{setting} lies in {StateFolder}, which is the program's own.",
                    $"Name a folder of its own, such as \"{setting.Split('_')[0]}\".");
            }
            else if (Array.Find(all, other => other.Setting != setting && IsSame(plain, Plain(other.Folder))) is (not null, _) same)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    written,
                    $"__settings__.{setting} and {same.Setting} are the same folder, {Quoting.Quote(folder)}: "
                        + "their files would overwrite each other.",
                    "Name a folder for each.");
            }
        }
    }

    /// <summary>As on macOS and Windows.</summary>
    private static bool IsSame(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    /// <summary>A folder's path without what means nothing.</summary>
    private static string Plain(string folder) =>
        string.Join('/', folder.Split('/').Where(part => part != "."));

    private static ImmutableArray<SettingsFolder>? Folders(ManifestValue? value) => value switch
    {
        { Kind: ValueKind.Array } list => [.. list.Items.ToList().Select(item => new SettingsFolder(Plain(item.Text), item.Position))],
        { } one => [new SettingsFolder(Plain(one.Text), one.Position)],
        _ => null,
    };

    private static Settings Build(ManifestValue value)
    {
        var settings = new Settings();
        string Text(ReadOnlySpan<byte> name, string otherwise) => value.Find(name)?.Text ?? otherwise;
        return settings with
        {
            Cloud = Text("cloud"u8, settings.Cloud),
            RolesFolder = Text("roles_folder"u8, settings.RolesFolder),
            PackerFolder = Text("packer_folder"u8, settings.PackerFolder),
            EnvironmentsFolder = Text("environments_folder"u8, settings.EnvironmentsFolder),
            DnaFolder = Text("dna_folder"u8, settings.DnaFolder),
            TemplatesFolder = Text("templates_folder"u8, settings.TemplatesFolder),
            BuildsFolder = Text("builds_folder"u8, settings.BuildsFolder),
            CookbooksFolders = Folders(value.Find("cookbooks_folder"u8)) ?? settings.CookbooksFolders,
            DataBagsFolders = Folders(value.Find("data_bags_folder"u8)) ?? settings.DataBagsFolders,
            Environment = value.Find("environment"u8),
            EnvironmentTag = Text("environment_tag"u8, settings.EnvironmentTag),
            TypeTag = value.Find("type_tag"u8)?.Text,
            NameTag = value.Find("name_tag"u8)?.Text,
            Bucket = value.Find("bucket"u8)?.Text,
            BucketPrefix = Text("bucket_prefix"u8, settings.BucketPrefix),
            AgentTimeout = Durations.TryParse(Text("agent_timeout"u8, ""), out var agent) ? agent : settings.AgentTimeout,
            PublicAddressUrl = value.Find("public_address_url"u8) is { } address ? new Uri(address.Text) : null,
            Accounts = AccountChecks.Read(value.Find("accounts"u8)),
            Catalog = EtcdChecks.Read(value.Find("catalog"u8)),
            LocalValue = value.Find("local"u8),
        };
    }
}
