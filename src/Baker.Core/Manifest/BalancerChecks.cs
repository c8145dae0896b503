using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>__balancers__</c>.</summary>
internal static class BalancerChecks
{
    private static readonly ValueCheck GroupNamed = Checks.TextLike("the name of a group", "names of groups", text =>
        GroupName.IsOne(text));

    private static readonly ValueCheck Attributes = Checks.MapOf(
        new ValueCheck("a text, a number, true or false", "texts, numbers, true or false", (context, path, value) =>
        {
            if (value.Kind is ValueKind.Null or ValueKind.Array or ValueKind.Object)
            {
                context.WrongType(path, value, "a text, a number, true or false");
            }
        }),
        Checks.TextLike(
            "the name of an attribute such as idle_timeout.timeout_seconds",
            "",
            text => text.Length is > 0 and <= 256 && Shapes.IsOnly(text, "._")));

    private static readonly ValueCheck HealthCheck = Checks.ExactFields(
        0,
        ("protocol", Checks.OneOf("HTTP", "HTTPS", "TCP")),
        ("port", Checks.Integer(1, 65535)),
        ("path", Checks.TextLike(
            "a path of at most 1024 characters that starts with / and has no spaces",
            "paths",
            text => text.Length <= 1024 && Shapes.IsUrlPath(text))),
        ("codes", Checks.TextLike("HTTP codes such as 200, 200-299 or 200,302", "", IsCodes)),
        ("healthy", Checks.Integer(2, 10)),
        ("unhealthy", Checks.Integer(2, 10)),
        ("interval", Checks.Integer(5, 300)),
        ("timeout", Checks.Integer(2, 120))).And(ValueKind.Object, CheckTimes);

    private static readonly ValueCheck Stickiness = Checks.ExactFields(
        1,
        ("type", Checks.OneOf("lb_cookie", "app_cookie", "source_ip")),
        ("duration", Checks.Integer(1, 604_800)),
        ("cookie", Checks.TextLike("the name of a cookie", "", text => text.Length is > 0 and <= 256 && Shapes.IsOnly(text, "._-"))))
        .And(ValueKind.Object, CheckStickiness);

    private static readonly ValueCheck Redirect = Checks.ExactFields(
        0,
        ("protocol", Checks.OneOf("HTTP", "HTTPS")),
        ("port", Checks.Integer(1, 65535)),
        ("host", Checks.TextLike("a text of 1 to 128 characters", "", text => text.Length is > 0 and <= 128)),
        ("path", Checks.TextLike(
            "a path of at most 128 characters that starts with /",
            "",
            text => text.Length <= 128 && text.StartsWith('/'))),
        ("query", Checks.TextLike(
            "a text of at most 128 characters, without a ? before it",
            "",
            text => text.Length <= 128 && !text.StartsWith('?'))),
        ("code", new ValueCheck("301 or 302", "", (context, path, value) =>
        {
            if (value.Kind != ValueKind.Number || value.Spelling is not ("301" or "302"))
            {
                context.BadValue(path, value, "301 or 302");
            }
        }))).And(ValueKind.Object, (context, path, value) =>
        {
            if (!value.GivenProperties().Any(property => property.Name.Text is "protocol" or "port" or "host" or "path"))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.BadValue,
                    value,
                    $"{path} leads back to where the request came in.",
                    "Name another protocol, port, host or path, such as {\"protocol\": \"HTTPS\", \"port\": 443}.");
            }
        });

    private static readonly ValueCheck Fixed = Checks.ExactFields(
        1,
        ("status", new ValueCheck("a status of 2xx, 4xx or 5xx", "", (context, path, value) =>
        {
            if (!value.TryGetInteger(out var status) || status is not ((>= 200 and <= 299) or (>= 400 and <= 599)))
            {
                context.BadValue(path, value, "a status of 2xx, 4xx or 5xx");
            }
        })),
        ("type", Checks.OneOf("text/plain", "text/css", "text/html", "application/javascript", "application/json")),
        ("body", Checks.TextLike("a text of at most 1024 characters", "", text => text.Length <= 1024)));

    private static readonly ValueCheck Forward = new("the name of a group, or an object of groups and their weights", "",
        (context, path, value) =>
    {
        if (value.Kind == ValueKind.Object)
        {
            Checks.MapOf(Checks.Integer(0, 999), GroupNamed).Run(context, path, value);
            if (value.Properties.ToList().Count is var count and (0 or > 5))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.BadValue,
                    value,
                    string.Create(CultureInfo.InvariantCulture, $"{path} names {count} groups; ELB forwards to 1 to 5."),
                    "Write for example {\"www\": 9, \"api\": 1}.");
            }
        }
        else
        {
            GroupNamed.Run(context, path, value);
        }
    });

    private static readonly ValueCheck Host = Checks.OneOrListOf(Checks.TextLike(
        "a host of at most 128 letters, digits and -.*?",
        "hosts of at most 128 letters, digits and -.*?",
        text => text.Length is > 0 and <= 128 && Shapes.IsOnly(text, "-.*?"))).And(ValueKind.Array, Checks.EachOnce);

    private static readonly ValueCheck Path = Checks.OneOrListOf(Checks.TextLike(
        "a path of at most 128 letters, digits and _-.$/~\"'@:+&*?",
        "paths of at most 128 letters, digits and _-.$/~\"'@:+&*?",
        text => text.Length is > 0 and <= 128 && Shapes.IsOnly(text, "_-.$/~\"'@:+&*?"))).And(ValueKind.Array, Checks.EachOnce);

    private static readonly ValueCheck Rule = Checks.ExactFields(
        1,
        ("priority", Checks.Integer(1, 50_000)),
        ("host", Host),
        ("path", Path),
        ("forward", Forward),
        ("redirect", Redirect),
        ("fixed", Fixed)).And(ValueKind.Object, CheckRule);

    private static readonly ValueCheck Listener = Checks.ExactFields(
        1,
        ("port", Checks.Integer(1, 65535)),
        ("protocol", Checks.OneOf("HTTP", "HTTPS", "TCP", "TLS")),
        ("certificates", Checks.OneOrListOf(Checks.TextLike(
            "the ARN of a certificate of ACM or IAM",
            "ARNs of certificates of ACM or IAM",
            text => Shapes.IsArn(text, "acm")
                || (Shapes.IsArn(text, "iam") && text.Split(':')[5].StartsWith("server-certificate/", StringComparison.Ordinal))))),
        ("policy", Checks.TextLike(
            "the name of a security policy such as ELBSecurityPolicy-TLS13-1-2-2021-06",
            "",
            text => text.StartsWith("ELBSecurityPolicy-", StringComparison.Ordinal) && Shapes.IsOnly(text, "-"))),
        ("forward", Forward),
        ("redirect", Redirect),
        ("fixed", Fixed),
        ("rules", Checks.ListOf(Rule))).And(ValueKind.Object, (context, path, value) => OneAction(context, path, value, isNeeded: false));

    private static readonly (string Name, ValueCheck Check)[] s_target =
    [
        ("port", Checks.Integer(1, 65535)),
        ("protocol", Checks.OneOf("HTTP", "HTTPS", "TCP", "TLS")),
        ("health_check", HealthCheck),
        ("deregistration_delay", Checks.Integer(0, 3600)),
        ("stickiness", Stickiness),
        ("target_attributes", Attributes),
    ];

    private static readonly ValueCheck Name = Checks.TextLike(
        "at most 32 letters, digits and hyphens, with no hyphen at either end, and no internal- before it",
        "",
        IsName);

    /// <summary>The attributes of a balancer that say how its target groups are, and what each of its groups may say instead.</summary>
    public static IEnumerable<string> TargetAttributes => s_target.Select(each => each.Name);

    public static ValueCheck Balancer { get; } = Checks.ExactFields(
        0,
        [
            ("name", Name),
            ("existing", Checks.Flag),
            ("region", NetworkChecks.Region),
            ("type", Checks.OneOf("application", "network")),
            ("scheme", Checks.OneOf("public", "internal")),
            ("subnets", Checks.ListOf(Checks.TextLike("a subnet id", "subnet ids", text => Shapes.IsId(text, "subnet-")))),
            ("security_groups", Checks.OneOrListOf(Checks.Text)),
            ("attributes", Attributes),
            ("listeners", Checks.ListOf(Listener)),
            ("targets", Checks.MapOf(Checks.ExactFields(0, [.. s_target, ("name", Name), ("alarms", AlarmChecks.Alarms)]), GroupNamed)),
            ("alarms", AlarmChecks.Alarms),
            .. s_target,
        ]);

    /// <summary>The seconds that ELB waits for a target's answer where nothing is said (CreateTargetGroup in its API reference).</summary>
    public static int Timeout(bool isTcp, bool isNetwork) => isTcp ? 10 : isNetwork ? 6 : 5;

    /// <summary>As ELB takes the names of balancers and of target groups.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 32
        && text[0] != '-'
        && text[^1] != '-'
        && Shapes.IsOnly(text, "-")
        && !text.StartsWith("internal-", StringComparison.Ordinal);

    private static void CheckTimes(CheckContext context, string path, ManifestValue check)
    {
        var interval = check.Given("interval"u8) is { } asked && asked.TryGetInteger(out var seconds) ? seconds : 30;
        if (check.Given("timeout"u8) is { } timeout && timeout.TryGetInteger(out var limit) && limit >= interval)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                timeout,
                $"{path} waits {limit} s for an answer and asks every {interval} s.",
                "Make the timeout less than the interval.");
        }

        if (check.Given("protocol"u8) is { Kind: ValueKind.String } protocol
            && protocol.Text == "TCP"
            && (check.Given("path"u8) ?? check.Given("codes"u8)) is { } more)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                more,
                $"{path} asks over TCP, where there is neither path nor code.",
                "Name the protocol HTTP, or remove it.");
        }
    }

    private static void CheckStickiness(CheckContext context, string path, ManifestValue value)
    {
        var type = value.Given("type"u8) is { Kind: ValueKind.String } named ? named.Text : null;
        if (type == "app_cookie" && value.Given("cookie"u8) is null)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                value,
                $"{path} follows a cookie of the application, and does not name it.",
                "Write \"cookie\": \"SESSION\" beside it.");
        }
        else if (type == "app_cookie"
            && value.Given("cookie"u8) is { Kind: ValueKind.String } own
            && own.Text is "AWSALB" or "AWSALBAPP" or "AWSALBTG" or "AWSALBCORS" or "AWSALBTGCORS")
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                own,
                $"{path} follows {own.Text}, a cookie of ELB's own.",
                "Name a cookie that the application sets.");
        }
        else if (type is "lb_cookie" or "source_ip" && value.Given("cookie"u8) is { } cookie)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                cookie,
                $"{path} names a cookie, and is of the type {type}.",
                "Remove the cookie, or write \"type\": \"app_cookie\".");
        }
    }

    private static void CheckRule(CheckContext context, string path, ManifestValue rule)
    {
        OneAction(context, path, rule, isNeeded: true);
        var values = new[] { rule.Given("host"u8), rule.Given("path"u8) }
            .OfType<ManifestValue>()
            .Sum(each => each.Kind == ValueKind.Array ? each.Items.ToList().Count : 1);
        if (values is 0 or > 5)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                rule,
                string.Create(CultureInfo.InvariantCulture, $"{path} has {values} hosts and paths; a rule takes 1 to 5."),
                "Write for example \"host\": \"api.example.com\", \"path\": [\"/v1/*\"].");
        }
    }

    private static void OneAction(CheckContext context, string path, ManifestValue value, bool isNeeded)
    {
        var actions = value.GivenProperties().Where(property => property.Name.Text is "forward" or "redirect" or "fixed").ToList();
        if (actions.Count > 1)
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                actions[1].Name,
                $"{path} has {actions[1].Name.Text} beside {actions[0].Name.Text}; only one of them can hold.",
                "Remove one of them.");
        }
        else if (actions.Count == 0 && isNeeded)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                value,
                $"{path} does not say what becomes of a request.",
                "Write \"forward\": \"www\", for example, or a redirect, or a fixed answer.");
        }
    }

    private static bool IsCodes(string text) => text.Split(',').All(part =>
        part.Split('-') is { Length: 1 or 2 } ends
        && ends.All(end => end.Length == 3 && end.All(char.IsAsciiDigit) && string.CompareOrdinal(end, "200") >= 0)
        && string.CompareOrdinal(ends[0], ends[^1]) <= 0
        && string.CompareOrdinal(ends[^1], "599") <= 0);
}
