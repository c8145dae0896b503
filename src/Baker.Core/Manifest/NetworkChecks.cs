using System.Globalization;
using System.Net;

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>__security_groups__</c>.</summary>
internal static class NetworkChecks
{
    private static readonly string[] s_protocols = ["tcp", "udp", "icmp", "icmpv6", "all"];

    public static ValueCheck Region { get; } = Checks.TextLike("a region", "regions", Shapes.IsRegion);

    public static ValueCheck SecurityGroup { get; } = Checks.ExactFields(
        0,
        ("name", Checks.TextLike(
            "the name of a security group: at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, and not one of an id",
            "",
            IsGroupName)),
        ("description", Description),
        ("region", Region),
        ("vpc", Checks.TextLike("a VPC id", "VPC ids", text => Shapes.IsId(text, "vpc-"))),
        ("inbound", Checks.ListOf(Rule("from"))),
        ("outbound", Checks.ListOf(Rule("to"))));

    private static ValueCheck Description => Checks.TextLike(
        "at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        "texts",
        text => text.Length is > 0 and <= 255 && Shapes.IsOnly(text, " ._-:/()#,@[]+=&;{}!$*"));

    /// <summary>
    /// A rule's other end, other than a group of the manifest: a range of addresses, a prefix list, a group by its id, itself.
    /// </summary>
    public static bool IsLiteralPeer(string text) =>
        text == "self" || Shapes.IsId(text, "pl-") || Shapes.IsId(text, "sg-") || IsRange(text);

    /// <summary>The balancer whose security groups a rule's other end is; null where it is something else.</summary>
    public static string? BalancerOf(string text) =>
        text.StartsWith("balancer:", StringComparison.Ordinal) ? text["balancer:".Length..] : null;

    /// <summary>The first and the last port of <c>80</c> or <c>8000-8100</c>; null where it is neither.</summary>
    public static (int From, int To)? Ports(string text)
    {
        var parts = text.Split('-');
        return parts.Length <= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            && from <= to
            && to <= 65535
            ? (from, to)
            : null;
    }

    private static ValueCheck Rule(string peer)
    {
        var port = new ValueCheck("a port from 0 to 65535, or a range such as \"8000-8100\"", "ports", (context, path, value) =>
        {
            var expected = "a port from 0 to 65535, or a range such as \"8000-8100\"";
            if (value.Kind is not (ValueKind.Number or ValueKind.String))
            {
                context.WrongType(path, value, expected);
            }
            else if (Ports(value.Kind == ValueKind.Number ? value.Spelling : value.Text) is null)
            {
                context.BadValue(path, value, expected);
            }
        });
        return Checks.ExactFields(
            1,
            (peer, Checks.OneOrListOf(Checks.TextLike(
                "a range of addresses such as 10.0.0.0/8, the name of a security group, self, balancer:NAME, or the id of a prefix list",
                "ranges of addresses, names of security groups, self, balancer:NAME, or ids of prefix lists",
                IsPeer)).And(ValueKind.Array, CheckPeers)),
            ("port", port),
            ("protocol", Checks.OneOf(s_protocols)),
            ("description", Description)).And(ValueKind.Object, (context, path, value) => CheckPort(context, path, value));
    }

    private static void CheckPeers(CheckContext context, string path, ManifestValue peers)
    {
        if (peers.IsEmpty)
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                peers,
                $"{path} is empty, so that the rule lets nothing through.",
                "Name a range of addresses such as 10.0.0.0/8 or a security group, or remove the rule.");
        }
    }

    /// <summary>TCP and UDP have ports, the others have none.</summary>
    private static void CheckPort(CheckContext context, string path, ManifestValue rule)
    {
        var protocol = rule.Given("protocol"u8) is { Kind: ValueKind.String } named ? named.Text : "tcp";
        if (protocol is "tcp" or "udp")
        {
            if (rule.Given("port"u8) is null)
            {
                context.Diagnostics.Error(
                    DiagnosticCode.BadValue,
                    rule,
                    $"{path} needs the attribute \"port\".",
                    "Name a port or a range, such as \"port\": 80, or write \"protocol\": \"all\".");
            }
        }
        else if (rule.Given("port"u8) is { } port && s_protocols.Contains(protocol))
        {
            context.Diagnostics.Error(
                DiagnosticCode.Conflict,
                port,
                $"{path} has a port, and its protocol {protocol} has none.",
                "Remove the port, or name the protocol tcp or udp.");
        }
    }

    private static bool IsGroupName(string text) =>
        text.Length is > 0 and <= 255
        && !text.StartsWith("sg-", StringComparison.OrdinalIgnoreCase)
        && Shapes.IsOnly(text, " ._-:/()#,@[]+=&;{}!$*");

    private static bool IsPeer(string text) =>
        IsLiteralPeer(text) || (!text.Contains('/') && GroupName.IsOne(BalancerOf(text) ?? text) && !IPAddress.TryParse(text, out _));

    /// <summary>Written as EC2 keeps it: what it would round to another range would differ for ever.</summary>
    private static bool IsRange(string text) =>
        text.Contains('/') && IPNetwork.TryParse(text, out var range) && range.ToString() == text;
}
