using System.Net;
using System.Text.RegularExpressions;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What the conditions of a rule must be ("Listener rules", Application Load Balancers).</summary>
internal static partial class RuleChecks
{
    public const int MostPriority = 50000;

    private const int MostValues = 5;
    private const int LongestValue = 128;

    private static readonly string[] s_single = ["host-header", "path-pattern", "http-request-method", "source-ip"];

    /// <exception cref="CloudException">The priority is none.</exception>
    public static int Priority(int? priority) => priority switch
    {
        null => throw Wrong("A priority must be specified"),
        < 1 or > MostPriority => throw Wrong($"Rule priority '{priority}' must be in the range 1 to {MostPriority}"),
        _ => priority.Value,
    };

    /// <exception cref="CloudException">A rule cannot have them.</exception>
    public static List<RuleCondition> Conditions(List<RuleCondition>? conditions)
    {
        if (conditions is not { Count: > 0 })
        {
            throw Wrong("At least one condition must be specified");
        }

        if (s_single.FirstOrDefault(field => conditions.Count(each => each.Field == field) > 1) is { } twice)
        {
            throw Wrong($"A rule can only have one '{twice}' condition");
        }

        var read = conditions.ConvertAll(Read);
        return read.Sum(CountOf) <= MostValues
            ? read
            : throw Wrong($"A rule can have at most {MostValues} condition values");
    }

    private static int CountOf(RuleCondition condition) =>
        (condition.PathPatternConfig?.Values?.Count ?? 0) + (condition.PathPatternConfig?.RegexValues?.Count ?? 0)
        + (condition.HostHeaderConfig?.Values?.Count ?? 0) + (condition.HostHeaderConfig?.RegexValues?.Count ?? 0)
        + (condition.HttpHeaderConfig?.Values?.Count ?? 0) + (condition.HttpHeaderConfig?.RegexValues?.Count ?? 0)
        + (condition.HttpRequestMethodConfig?.Values?.Count ?? 0) + (condition.QueryStringConfig?.Values?.Count ?? 0)
        + (condition.SourceIpConfig?.Values?.Count ?? 0);

    private static RuleCondition Read(RuleCondition condition)
    {
        switch (condition.Field)
        {
            case "path-pattern":
                var path = condition.PathPatternConfig ?? new PathPatternConditionConfig { Values = condition.Values };
                Check(condition, path.Values, path.RegexValues);
                return new RuleCondition { Field = condition.Field, Values = path.Values, PathPatternConfig = path };
            case "host-header":
                var host = condition.HostHeaderConfig ?? new HostHeaderConditionConfig { Values = condition.Values };
                Check(condition, host.Values, host.RegexValues);
                return new RuleCondition { Field = condition.Field, Values = host.Values, HostHeaderConfig = host };
            case "http-header":
                var header = condition.HttpHeaderConfig ?? throw Wrong("A condition value must be specified");
                Check(condition, header.Values, header.RegexValues);
                return header.HttpHeaderName is { Length: > 0 and <= 40 } name && !name.Equals("Host", StringComparison.OrdinalIgnoreCase)
                    ? condition
                    : throw Wrong($"HTTP header name '{header.HttpHeaderName}' is not valid");
            case "http-request-method":
                var methods = condition.HttpRequestMethodConfig?.Values;
                Check(condition, methods);
                return methods?.Find(each => !Method().IsMatch(each)) is { } wrong
                    ? throw Wrong($"HTTP request method '{wrong}' can only contain A-Z, hyphen (-) and underscore (_)")
                    : condition;
            case "query-string":
                Check(condition, condition.QueryStringConfig?.Values?.ConvertAll(each => each.Value ?? ""));
                return condition;
            case "source-ip":
                var networks = condition.SourceIpConfig?.Values;
                Check(condition, networks);
                return networks?.Find(each => !IPNetwork.TryParse(each, out _)) is { } address
                    ? throw Wrong($"The source IP condition value '{address}' must be in a valid CIDR format")
                    : condition;
            default:
                throw Wrong(
                    $"Condition field '{condition.Field}' must be one of "
                        + "'path-pattern,host-header,http-header,http-request-method,query-string,source-ip'");
        }
    }

    private static void Check(RuleCondition condition, List<string>? values, List<string>? expressions = null)
    {
        if (values is not { Count: > 0 } && expressions is not { Count: > 0 })
        {
            throw Wrong($"A condition value must be specified for the condition field '{condition.Field}'");
        }

        foreach (var each in expressions ?? [])
        {
            try
            {
                _ = new Regex(each, RegexOptions.NonBacktracking);
            }
            catch (Exception error) when (error is ArgumentException or NotSupportedException)
            {
                throw Wrong($"'{each}' is no regular expression: {error.Message}");
            }
        }

        if (values?.Find(each => each.Length is 0 or > LongestValue) is { } wrong)
        {
            throw Wrong($"Condition value '{wrong}' must have 1 to {LongestValue} characters");
        }
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);

    [GeneratedRegex("^[A-Z_-]{1,40}$")]
    private static partial Regex Method();
}
