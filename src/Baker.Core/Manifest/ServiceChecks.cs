namespace Baker.Core.Manifest;

/// <summary>The rules of what groups say of services: <c>provides</c>, <c>needs</c>, <c>services_from</c>, and of the catalogue.</summary>
internal static class ServiceChecks
{
    /// <summary>An entry of the catalogue with a longer one is none to nodes.</summary>
    public const int LongestCheck = 255;

    private static readonly ValueCheck s_name = Checks.TextLike(
        "the name of a service, of letters, digits, hyphens, dots and underscores, that begins with a letter or a digit",
        "",
        text => ServiceName.IsOne(text));

    public static ValueCheck Provides { get; } = Checks.MapOf(
        Checks.ExactFields(
            0,
            ("port", Checks.Integer(1, 65535)),
            ("check", Checks.TextLike(
                "a path that starts with / and has no spaces, of at most 255 characters",
                "paths",
                text => Shapes.IsUrlPath(text) && text.Length <= LongestCheck)))
            .And(ValueKind.Object, CheckPort).OrNull(),
        s_name);

    public static ValueCheck Needs { get; } =
        Checks.MapOf(Checks.ExactFields(0, ("optional", Checks.Flag)).OrNull(), s_name);

    /// <summary>What a node's shell runs.</summary>
    public static ValueCheck Command { get; } = Checks.TextLike(
        "a command that is not blank, without NUL",
        "commands that are not blank, without NUL",
        text => !string.IsNullOrWhiteSpace(text) && !text.Contains('\0'));

    public static ValueCheck Drain { get; } = Checks.ExactFields(
        1,
        ("script", Command),
        ("timeout", Checks.TextLike("a duration such as 90m or 24h, longer than none", "durations", Shapes.IsTimeout)),
        ("hook", Checks.Text));

    public static ValueCheck From { get; } = Checks.OneOrListOf(Checks.TextLike(
        "a run list item with one *, which stands for the service, such as recipe[services::*]",
        "run list items with one *, such as recipe[services::*]",
        Shapes.IsServicePattern));

    /// <summary>Where the catalogue is; the example is of the home that was evidently meant.</summary>
    public static ValueCheck Catalog { get; } = Exemplified(Checks.EitherOf(Checks.OneOf("ssm"), EtcdChecks.Catalog));

    private static ValueCheck Exemplified(ValueCheck check) => check with
    {
        Run = (context, path, value) =>
        {
            context.Example = EtcdChecks.ExampleFor(value) ?? context.Example;
            if (value.Kind == ValueKind.String && EtcdChecks.IsMeant(value.Text))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.BadValue,
                    value,
                    $"{path} must be \"ssm\", or an object with etcd's addresses, not {Quoting.Quote(value.Text)}.",
                    $"Write for example {context.Example}");
                return;
            }

            check.Run(context, path, value);
        },
    };

    private static void CheckPort(CheckContext context, string path, ManifestValue service)
    {
        if (service.Find("check"u8) is { Kind: not ValueKind.Null } check && service.Find("port"u8) is null or { Kind: ValueKind.Null })
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                check,
                $"{path} has a check and no port that it would be asked at.",
                "Add the \"port\", or remove the check.");
        }
    }
}
