using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Names and ARNs of Elastic Load Balancing.</summary>
internal static partial class ElbNames
{
    public static string TargetGroup(Call call, string name) => $"{Start(call)}:targetgroup/{name}/{Hex()}";

    public static string LoadBalancer(Call call, string name, string type) =>
        $"{Start(call)}:loadbalancer/{(type == "network" ? "net" : "app")}/{name}/{Hex()}";

    public static string Listener(string loadBalancerArn) =>
        $"{loadBalancerArn.Replace(":loadbalancer/", ":listener/", StringComparison.Ordinal)}/{Hex()}";

    public static string Rule(string listenerArn) =>
        $"{listenerArn.Replace(":listener/", ":listener-rule/", StringComparison.Ordinal)}/{Hex()}";

    /// <exception cref="CloudException">The name has other characters, or is too long.</exception>
    public static void Check(string kind, string name)
    {
        if (!Pattern().IsMatch(name) || name.StartsWith("internal-", StringComparison.Ordinal))
        {
            throw new CloudException("ValidationError", name.Length > 32
                ? $"{kind} name '{name}' cannot be longer than '32' characters"
                : $"{kind} name '{name}' can only contain characters that are alphanumeric characters or hyphens(-), "
                    + "and must not begin or end with a hyphen");
        }
    }

    private static string Start(Call call) => $"arn:aws:elasticloadbalancing:{call.Region}:{call.AccountId}";

    private static string Hex() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    [GeneratedRegex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$")]
    private static partial Regex Pattern();
}
