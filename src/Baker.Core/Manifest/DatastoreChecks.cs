namespace Baker.Core.Manifest;

/// <summary>The rules of <c>__datastores__</c>.</summary>
internal static class DatastoreChecks
{
    private static readonly string[] s_kinds = ["rds", "elasticache", "redshift", "host"];

    private static readonly ValueCheck Identifier = Checks.TextLike(
        "an identifier that starts with a letter, of at most 63 letters, digits and hyphens",
        "",
        text => text.Length is > 0 and <= 63
            && char.IsAsciiLetter(text[0])
            && text[^1] != '-'
            && !text.Contains("--", StringComparison.Ordinal)
            && Shapes.IsOnly(text, "-"));

    /// <summary>A name that variables can begin with.</summary>
    public static ValueCheck Name { get; } = Checks.TextLike(
        "a name that starts with a letter, of letters, digits, hyphens, dots and underscores",
        "",
        text => GroupName.IsOne(text) && char.IsAsciiLetter(text[0]));

    public static ValueCheck Datastore { get; } = Checks.ExactFields(
        0,
        ("rds", Identifier),
        ("elasticache", Identifier),
        ("redshift", Identifier),
        ("host", Checks.TextLike("the name or the address of a host", "", IsHost)),
        ("port", Checks.Integer(1, 65535)),
        ("region", NetworkChecks.Region)).And(ValueKind.Object, CheckKind);

    private static void CheckKind(CheckContext context, string path, ManifestValue value)
    {
        var said = value.GivenProperties().Where(property => s_kinds.Contains(property.Name.Text)).ToList();
        if (said.Count != 1)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                said.Count == 0 ? value : said[1].Name,
                $"{path} must have one of {string.Join(", ", s_kinds)}, and has {(said.Count == 0 ? "none" : "several")}.",
                "Write for example {\"rds\": \"main-db\"} or {\"host\": \"search.internal\", \"port\": 9200}.");
            return;
        }

        var port = value.Given("port"u8);
        if (said[0].Name.Text != "host" && port is { } place)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                place,
                $"{path} has a port, which is looked up for {said[0].Name.Text}.",
                "Remove it; only a \"host\" has one here.");
        }
        else if (said[0].Name.Text == "host" && port is null)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                value,
                $"{path} has a host and no port, and there is nobody to ask.",
                "Add one, such as \"port\": 9200.");
        }
    }

    private static bool IsHost(string text) =>
        text.Length is > 0 and <= 253
        && text.All(letter => letter is > ' ' and < '\x7f')
        && Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;
}
