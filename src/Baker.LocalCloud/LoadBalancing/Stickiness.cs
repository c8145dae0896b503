using System.Collections.Immutable;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>How a target group keeps a client with one target.</summary>
/// <param name="Kind"><c>lb_cookie</c>, <c>app_cookie</c> or <c>source_ip</c>.</param>
/// <param name="Duration">How long a cookie lasts.</param>
/// <param name="Cookie">The application's cookie, which begins it.</param>
internal sealed record Stickiness(string Kind, TimeSpan Duration, string Cookie)
{
    /// <summary>Null where the group keeps nobody.</summary>
    public static Stickiness? Of(ImmutableSortedDictionary<string, string> attributes)
    {
        if (attributes.GetValueOrDefault("stickiness.enabled") != "true")
        {
            return null;
        }

        var kind = attributes.GetValueOrDefault("stickiness.type", "lb_cookie");
        return new(
            kind,
            TimeSpan.FromSeconds(BalancingAttributes.Seconds(attributes, $"stickiness.{kind}.duration_seconds", 86400)),
            attributes.GetValueOrDefault("stickiness.app_cookie.cookie_name", ""));
    }
}
