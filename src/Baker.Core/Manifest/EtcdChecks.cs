namespace Baker.Core.Manifest;

/// <summary>The rules of <c>catalog</c> where it is in etcd.</summary>
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

    public static ValueCheck Catalog { get; } = Checks.ExactFields(
        1,
        ("etcd", Checks.ListOf(s_endpoint).And(ValueKind.Array, CheckEndpoints)),
        ("user", Checks.TextLike("the name of a user, without spaces", "names of users", IsUser)),
        (
            "password_env",
            Checks.TextLike("the name of an environment variable, such as ETCD_PASSWORD", "names of variables", Shapes.IsVariable)),
        ("ca_file", s_file),
        ("certificate_file", s_file),
        ("key_file", s_file))
        .And(ValueKind.Object, CheckTogether);

    /// <summary>Null where the catalogue is not in etcd; of what was checked.</summary>
    public static EtcdSettings? Read(ManifestValue? catalog)
    {
        if (catalog is not { Kind: ValueKind.Object } value || value.Find("etcd"u8) is not { Kind: ValueKind.Array } endpoints)
        {
            return null;
        }

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
            context.BadValue(path, endpoints, "at least one address such as https://etcd.internal:2379");
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

        Missing(context, path, (certificate, "certificate_file"), (key, "key_file"));
        Missing(context, path, (key, "key_file"), (certificate, "certificate_file"));
        Missing(context, path, (Find("password_env"u8), "password_env"), (user, "user"));
    }

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
        && new Uri(text) is { AbsolutePath: "/", Query: "", Fragment: "", Host.Length: > 0 } address
            ? address
            : null;

    private static bool IsUser(string text) => text.Length is > 0 and <= 128 && text.All(letter => letter is > ' ' and not '\x7f');
}
