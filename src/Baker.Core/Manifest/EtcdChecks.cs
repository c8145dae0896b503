using System.Text;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>catalog</c> where it is an object: in etcd, or in SSM with more to say.</summary>
internal static class EtcdChecks
{
    private static readonly ValueCheck s_endpoint = Checks.TextLike(
        "an address such as https://etcd.internal:2379, without a path",
        "addresses such as https://etcd.internal:2379",
        text => TryAddress(text) is not null)
        .And(ValueKind.String, CheckEndpoint);

    private static readonly ValueCheck s_file = Checks.TextLike(
        "a file of the project, or the whole path of one",
        "files",
        text => text.StartsWith('/') ? text.Length > 1 && !text.Contains('\0') : Shapes.IsProjectPath(text));

    private const string Endpoints = "\"catalog\": {\"etcd\": [\"https://10.0.0.5:2379\"]}";
    private const string Further = "\"catalog\": {\"recipes\": true, \"attribute\": \"seatgeek-services\", \"settle\": \"30s\"}";

    private static readonly string[] s_ofEtcd = ["user", "password_env", "ca_file", "certificate_file", "key_file"];

    /// <summary>A user of etcd's.</summary>
    public static ValueCheck User { get; } = Checks.TextLike("the name of a user, without spaces", "names of users", IsUser);

    public static ValueCheck Catalog { get; } = Checks.ExactFields(
        0,
        ("recipes", Checks.Flag),
        (
            "attribute",
            Checks.TextLike(
                "the name of an attribute of Chef's that Baker does not write otherwise, of letters, digits, - and _",
                "names of attributes",
                IsAttribute)),
        (
            "settle",
            Checks.TextLike(
                "a duration such as 20s, of at most an hour",
                "durations",
                text => Durations.TryParse(text, out var settle) && settle <= TimeSpan.FromHours(1))),
        ("etcd", Checks.ListOf(s_endpoint).And(ValueKind.Array, CheckEndpoints)),
        ("user", User),
        (
            "password_env",
            Checks.TextLike("the name of an environment variable, such as ETCD_PASSWORD", "names of variables", Shapes.IsVariable)),
        ("ca_file", s_file),
        ("certificate_file", s_file),
        ("key_file", s_file))
        .And(ValueKind.Object, CheckTogether);

    /// <summary>What is written right where such a catalogue is wrong; null where etcd is not meant, and nothing else is said.</summary>
    public static string? ExampleFor(ManifestValue catalog) => catalog switch
    {
        { Kind: ValueKind.Object } => catalog.Find("etcd"u8) is null && OfEtcd(catalog) is null ? Further : Endpoints,
        { Kind: ValueKind.Array } => Endpoints,
        { Kind: ValueKind.String } => IsMeant(catalog.Text) ? Endpoints : null,
        _ => null,
    };

    /// <summary>Whether the text says that the catalogue is in etcd, and not where that is, or that alone.</summary>
    public static bool IsMeant(string text) =>
        text.StartsWith("etcd", StringComparison.OrdinalIgnoreCase) || Shapes.IsWebAddress(text);

    /// <summary>Of what was checked.</summary>
    public static CatalogSettings Read(ManifestValue? catalog) => catalog is not { Kind: ValueKind.Object } value
        ? CatalogSettings.Usual
        : new CatalogSettings
        {
            Etcd = value.Given("etcd"u8) is { } endpoints ? ReadEtcd(value, endpoints) : null,
            Attribute = value.Given("attribute"u8)?.Text,
            Settle = value.Given("settle"u8) is { } settle && Durations.TryParse(settle.Text, out var duration) ? duration : null,
            Recipes = value.Find("recipes"u8) is { Kind: ValueKind.True } wanted ? new ServiceRecipes(wanted.Position) : null,
        };

    private static EtcdSettings ReadEtcd(ManifestValue value, ManifestValue endpoints)
    {
        SettingsText? Text(ReadOnlySpan<byte> name) =>
            value.Find(name) is { Kind: ValueKind.String } text ? new SettingsText(text.Text, text.Position) : null;
        var user = Text("user"u8);
        return new EtcdSettings
        {
            Endpoints = [.. endpoints.Items.ToList().Select(item => new SettingsText(item.Text, item.Position))],
            User = user,
            PasswordVariable = Text("password_env"u8)
                ?? new SettingsText(EtcdSettings.UsualPasswordVariable, user?.Place ?? value.Position),
            CaFile = Text("ca_file"u8),
            CertificateFile = Text("certificate_file"u8),
            KeyFile = Text("key_file"u8),
        };
    }

    private static void CheckEndpoint(CheckContext context, string path, ManifestValue endpoint)
    {
        if (TryAddress(endpoint.Text) is { UserInfo.Length: > 0 })
        {
            // The address itself is not repeated: it may have a password.
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                endpoint,
                $"{path} has a user in its address.",
                $"Write \"user\" beside \"etcd\"; the password comes from the environment, {EtcdSettings.UsualPasswordVariable}.");
        }
    }

    private static void CheckEndpoints(CheckContext context, string path, ManifestValue endpoints)
    {
        if (endpoints.IsEmpty)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                endpoints,
                $"{path} is an empty list, and needs at least one endpoint.",
                $"Write for example {context.Example}");
            return;
        }

        Checks.Twice(
            context,
            path,
            endpoints.Items.ToList().Where(item => item.Kind == ValueKind.String && TryAddress(item.Text) is { UserInfo: "" }),
            item => TryAddress(item.Text)!.GetLeftPart(UriPartial.Authority));
    }

    private static void CheckTogether(CheckContext context, string path, ManifestValue catalog)
    {
        ManifestValue? Find(ReadOnlySpan<byte> name) => catalog.Find(name) is { Kind: ValueKind.String } found ? found : null;
        var (user, certificate, key, ca) = (Find("user"u8), Find("certificate_file"u8), Find("key_file"u8), Find("ca_file"u8));
        if (catalog.Find("etcd"u8) is { Kind: ValueKind.Array } endpoints)
        {
            foreach (var endpoint in endpoints.Items)
            {
                if (endpoint.Kind == ValueKind.String
                    && TryAddress(endpoint.Text) is { Scheme: "http", IsLoopback: false }
                    && (user is not null ? "a password" : certificate is not null || ca is not null ? "certificates" : null) is { } what)
                {
                    context.Diagnostics.Error(
                        DiagnosticCode.Conflict,
                        endpoint,
                        $"{path}.etcd has an http address, over which {what} cannot go.",
                        "Write https, and let etcd listen with --cert-file and --key-file.");
                }
            }
        }

        if (catalog.Find("etcd"u8) is null && OfEtcd(catalog) is { } of)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                catalog,
                $"{path} needs the attribute \"etcd\" beside \"{of}\".",
                "Write \"etcd\": [\"https://etcd.internal:2379\"], for example.");
        }

        if (catalog.Given("etcd"u8) is null
            && Find("settle"u8) is { } settle
            && Durations.TryParse(settle.Text, out var time)
            && time < CatalogSettings.SsmInterval)
        {
            context.Diagnostics.Warning(
                DiagnosticCode.BadValue,
                settle,
                $"{path}.settle is {settle.Text}, and nodes look into SSM every {CatalogSettings.SsmInterval.TotalSeconds:0} s: "
                    + "some still send requests to what has stopped by then.",
                "Write at least 20s, which is what nodes wait without it, so that they have time to reload, too.");
        }

        Missing(context, path, (certificate, "certificate_file"), (key, "key_file"));
        Missing(context, path, (key, "key_file"), (certificate, "certificate_file"));
        Missing(context, path, (Find("password_env"u8), "password_env"), (user, "user"));
    }

    private static string? OfEtcd(ManifestValue catalog) =>
        s_ofEtcd.FirstOrDefault(name => catalog.Find(Encoding.UTF8.GetBytes(name)) is not null);

    private static void Missing(
        CheckContext context,
        string path,
        (ManifestValue? Value, string Name) given,
        (ManifestValue? Value, string Name) other)
    {
        if (given.Value is { } value && other.Value is null)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                value,
                $"{path} has {given.Name} and no {other.Name}.",
                $"Add \"{other.Name}\", or remove {given.Name}.");
        }
    }

    private static Uri? TryAddress(string text) =>
        Shapes.IsWebAddress(text)
        && new Uri(text) is { AbsolutePath: "/", Query: "", Fragment: "", Host.Length: > 0, Port: > 0 } address
            ? address
            : null;

    private static bool IsAttribute(string text) =>
        text is not ("id" or "run_list" or "environment" or "chef_environment" or "datastores")
        && text.Length is > 0 and <= 64
        && Shapes.IsOnly(text, "-_");

    private static bool IsUser(string text) => text.Length is > 0 and <= 128 && text.All(letter => letter is > ' ' and not '\x7f');
}
