using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Routing;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What the actions of listeners and rules must be, and how they are shown again (Action, Elastic Load Balancing).</summary>
internal sealed partial class ActionChecks(BalancingTables tables)
{
    private const int MostGroups = 5;
    private const int MostWeight = 999;
    private const int LongestBody = 1024;
    private const int LongestKeeping = 604800;

    private static readonly string?[] s_authentication = ["authenticate-oidc", "authenticate-cognito", "jwt-validation"];

    private static readonly string[] s_types =
        ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

    /// <exception cref="CloudException">They cannot be taken by a listener of this protocol.</exception>
    public List<Action> Check(LoadBalancerRecord balancer, string protocol, List<Action>? actions)
    {
        if (actions is not { Count: > 0 })
        {
            throw Wrong("At least one action must be specified");
        }

        if (actions.Find(each => s_authentication.Contains(each.Type?.Value)) is { } authenticates)
        {
            throw new CloudException(
                "InvalidLoadBalancerAction",
                $"The local cloud has no action of the type '{authenticates.Type.Value}'.");
        }

        if (actions is not [var action])
        {
            throw new CloudException(
                "InvalidLoadBalancerAction",
                "Exactly one forward, redirect or fixed-response action must be specified");
        }

        if (balancer.Type == "network" && action.Type?.Value != "forward")
        {
            throw new CloudException("InvalidLoadBalancerAction", $"A {protocol} listener can only have an action of the type 'forward'");
        }

        return
        [
            action.Type?.Value switch
            {
                "forward" => Forward(balancer, protocol, action),
                "redirect" => Redirect(action),
                "fixed-response" => Fixed(action),
                var other => throw Wrong(
                    $"Action type '{other}' must be one of "
                        + "'redirect,fixed-response,forward,authenticate-cognito,authenticate-oidc'"),
            },
        ];
    }

    private Action Forward(LoadBalancerRecord balancer, string protocol, Action action)
    {
        var groups = action.ForwardConfig?.TargetGroups is { Count: > 0 } several ? several
            : action.TargetGroupArn is { } one ? [new TargetGroupTuple { TargetGroupArn = one, Weight = 1 }]
            : throw Wrong("A target group ARN must be specified");
        if (action.TargetGroupArn is { } named && groups.TrueForAll(each => each.TargetGroupArn != named))
        {
            throw new CloudException("InvalidLoadBalancerAction", "TargetGroupArn and the target group of ForwardConfig must be the same");
        }

        if (groups.Count > MostGroups)
        {
            throw new CloudException("TooManyTargetGroups", $"An action can forward to at most {MostGroups} target groups");
        }

        foreach (var group in groups)
        {
            CheckGroup(balancer, protocol, tables.TargetGroup(group.TargetGroupArn));
            if (group.Weight is < 0 or > MostWeight)
            {
                throw Wrong($"Weight '{group.Weight}' must be in the range 0 to {MostWeight}");
            }
        }

        if (groups.DistinctBy(each => each.TargetGroupArn).Count() < groups.Count)
        {
            throw Wrong("A target group cannot be specified more than once in an action");
        }

        var keeps = action.ForwardConfig?.TargetGroupStickinessConfig;
        if (keeps is { Enabled: true } && keeps.DurationSeconds is null or < 1 or > LongestKeeping)
        {
            throw Wrong($"Target group stickiness duration must be in the range 1 to {LongestKeeping} seconds");
        }

        return new Action
        {
            Type = action.Type,
            Order = action.Order,
            TargetGroupArn = groups is [var only] ? only.TargetGroupArn : null,
            ForwardConfig = new ForwardActionConfig
            {
                TargetGroups = groups.ConvertAll(each =>
                    new TargetGroupTuple { TargetGroupArn = each.TargetGroupArn, Weight = each.Weight ?? 1 }),
                TargetGroupStickinessConfig = balancer.Type == "network" ? null
                    : keeps ?? new TargetGroupStickinessConfig { Enabled = false },
            },
        };
    }

    private void CheckGroup(LoadBalancerRecord balancer, string protocol, TargetGroupRecord group)
    {
        string[] fitting = protocol switch
        {
            "HTTP" or "HTTPS" => ["HTTP", "HTTPS"],
            "TLS" => ["TCP", "TLS"],
            _ => ["TCP"],
        };
        if (!fitting.Contains(group.Protocol))
        {
            throw new CloudException(
                "IncompatibleProtocols",
                $"Target group '{group.Id}' has the protocol {group.Protocol}, which a {protocol} listener cannot forward to");
        }

        if (group.VpcId != balancer.VpcId)
        {
            throw new CloudException(
                "InvalidConfigurationRequest",
                $"The following target groups are not in the same VPC as the load balancer '{balancer.Id}': {group.Id}");
        }

        if (tables.BalancersOf(group.Id).Find(each => each != balancer.Id) is not null)
        {
            throw new CloudException(
                "TargetGroupAssociationLimit",
                $"The following target groups cannot be associated with more than one load balancer: {group.Id}");
        }
    }

    private static Action Redirect(Action action)
    {
        var to = action.RedirectConfig ?? throw Wrong("A redirect configuration must be specified");
        var filled = new RedirectActionConfig
        {
            Protocol = to.Protocol ?? "#{protocol}",
            Host = to.Host ?? "#{host}",
            Port = to.Port ?? "#{port}",
            Path = to.Path ?? "/#{path}",
            Query = to.Query ?? "#{query}",
            StatusCode = to.StatusCode?.Value is "HTTP_301" or "HTTP_302"
                ? to.StatusCode
                : throw Wrong("Status code must be one of 'HTTP_301,HTTP_302'"),
        };
        if (filled is { Protocol: "#{protocol}", Host: "#{host}", Port: "#{port}", Path: "/#{path}" })
        {
            throw new CloudException("InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop.");
        }

        if (filled.Protocol is not ("HTTP" or "HTTPS" or "#{protocol}"))
        {
            throw Wrong($"Redirect protocol '{filled.Protocol}' must be HTTP, HTTPS or #{{protocol}}");
        }

        if (filled.Port != "#{port}"
            && !(int.TryParse(filled.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535))
        {
            throw Wrong($"Redirect port '{filled.Port}' must be in the range 1 to 65535, or #{{port}}");
        }

        return filled.Path.StartsWith('/')
            ? new Action { Type = action.Type, Order = action.Order, RedirectConfig = filled }
            : throw Wrong($"Redirect path '{filled.Path}' must begin with '/'");
    }

    private static Action Fixed(Action action)
    {
        var answer = action.FixedResponseConfig ?? throw Wrong("A fixed-response configuration must be specified");
        if (!Status().IsMatch(answer.StatusCode ?? ""))
        {
            throw Wrong($"Fixed-response status code '{answer.StatusCode}' must be a 2XX, 4XX or 5XX code");
        }

        if (answer.ContentType is { } type && !s_types.Contains(type))
        {
            throw Wrong($"Fixed-response content type '{type}' must be one of '{string.Join(',', s_types)}'");
        }

        return answer.MessageBody is not { Length: > LongestBody }
            ? new Action { Type = action.Type, Order = action.Order, FixedResponseConfig = answer }
            : throw Wrong($"Fixed-response message body cannot be longer than {LongestBody} characters");
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);

    [GeneratedRegex("^[245][0-9][0-9]$")]
    private static partial Regex Status();
}
