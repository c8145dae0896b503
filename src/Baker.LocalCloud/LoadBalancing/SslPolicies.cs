using System.Security.Authentication;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// AWS's security policies ("Security policies for your Application Load Balancer"): their names and the versions of TLS, which
/// listeners keep to. Ciphers are what this machine's OpenSSL offers in these versions.
/// </summary>
internal static class SslPolicies
{
    /// <summary>What a listener has that names none.</summary>
    public const string Usual = "ELBSecurityPolicy-2016-08";

    private const string From10 = "TLSv1 TLSv1.1 TLSv1.2";
    private const string From11 = "TLSv1.1 TLSv1.2";
    private const string From12 = "TLSv1.2";

    private static readonly (string Name, string Protocols)[] s_policies =
    [
        ("ELBSecurityPolicy-2016-08", From10),
        ("ELBSecurityPolicy-TLS-1-0-2015-04", From10),
        ("ELBSecurityPolicy-2015-05", From10),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", From11),
        ("ELBSecurityPolicy-TLS-1-2-2017-01", From12),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", From12),
        ("ELBSecurityPolicy-FS-2018-06", From10),
        ("ELBSecurityPolicy-FS-1-1-2019-08", From11),
        ("ELBSecurityPolicy-FS-1-2-2019-08", From12),
        ("ELBSecurityPolicy-FS-1-2-Res-2019-08", From12),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", From12),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", From10 + " TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-1-2021-06", From11 + " TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", From12 + " TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", From12 + " TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", From12 + " TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", From12 + " TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", "TLSv1.3"),
    ];

    /// <exception cref="CloudException">There is no such policy.</exception>
    public static string Check(string name) => Array.Exists(s_policies, each => each.Name == name)
        ? name
        : throw new CloudException("SSLPolicyNotFound", $"SSL policy '{name}' not found");

    /// <exception cref="CloudException">There is none of one of the names.</exception>
    public static List<SslPolicy> Show(List<string>? names)
    {
        names?.ForEach(each => Check(each));
        return
        [
            .. s_policies.Where(each => names is not { Count: > 0 } || names.Contains(each.Name)).Select(each => new SslPolicy
            {
                Name = each.Name,
                SslProtocols = [.. each.Protocols.Split(' ')],
                Ciphers = [],
                SupportedLoadBalancerTypes = ["application", "network"],
            }),
        ];
    }

    public static SslProtocols ProtocolsOf(string? name) => Array.Find(s_policies, each => each.Name == (name ?? Usual))
        .Protocols.Split(' ').Aggregate(SslProtocols.None, (all, each) => all | each switch
        {
#pragma warning disable CA5397, CA5398, SYSLIB0039 // the policy names them; whether they are spoken is OpenSSL's decision
            "TLSv1" => SslProtocols.Tls,
            "TLSv1.1" => SslProtocols.Tls11,
            "TLSv1.2" => SslProtocols.Tls12,
            _ => SslProtocols.Tls13,
#pragma warning restore CA5397, CA5398, SYSLIB0039
        });
}
