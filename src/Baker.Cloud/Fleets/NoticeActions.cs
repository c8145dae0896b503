using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.Cloud.Fleets;

/// <summary>Actions of rules as JSON, with all that they have: what is read from a text is what was written into it.</summary>
internal static class NoticeActions
{
    /// <summary>Whether all of them can be given back as they are: what signs users in has a secret that nobody can read.</summary>
    public static bool CanBeKept(IEnumerable<Action> actions) => actions.All(action => action.Type?.Value == "forward");

    public static string ToText(IEnumerable<Action> actions) => new JArray(actions.Select(action => new JObject
    {
        ["type"] = action.Type?.Value,
        ["order"] = action.Order,
        ["group"] = action.TargetGroupArn,
        ["groups"] = action.ForwardConfig?.TargetGroups is { } groups
            ? new JArray(groups.Select(group => new JArray(group.TargetGroupArn, (JToken)group.Weight)))
            : null,
        ["sticky"] = action.ForwardConfig?.TargetGroupStickinessConfig is { } sticky
            ? new JArray((JToken)sticky.Enabled, (JToken)sticky.DurationSeconds)
            : null,
    })).ToString(Formatting.None);

    public static List<Action> Parse(string text) => [.. RecordJson.Parse($"{{\"a\":{text}}}")["a"]!.Select(Parse)];

    private static Action Parse(JToken json) => new()
    {
        Type = (string?)json["type"] switch
        {
            "redirect" => ActionTypeEnum.Redirect,
            "fixed-response" => ActionTypeEnum.FixedResponse,
            _ => ActionTypeEnum.Forward,
        },
        Order = (int?)json["order"],
        TargetGroupArn = (string?)json["group"],
        ForwardConfig = json["groups"] is JArray groups ? new ForwardActionConfig
        {
            TargetGroups =
            [
                .. groups.Select(each => new TargetGroupTuple { TargetGroupArn = (string?)each[0], Weight = (int?)each[1] }),
            ],
            TargetGroupStickinessConfig = json["sticky"] is JArray sticky
                ? new TargetGroupStickinessConfig { Enabled = (bool?)sticky[0], DurationSeconds = (int?)sticky[1] }
                : null,
        }
        : null,
        FixedResponseConfig = json["fixed"] is JObject answer ? new FixedResponseActionConfig
        {
            StatusCode = (string?)answer["status"],
            ContentType = (string?)answer["content"],
            MessageBody = (string?)answer["body"],
        }
        : null,
        RedirectConfig = json["redirect"] is JObject to ? new RedirectActionConfig
        {
            Protocol = (string?)to["protocol"],
            Host = (string?)to["host"],
            Port = (string?)to["port"],
            Path = (string?)to["path"],
            Query = (string?)to["query"],
            StatusCode = RedirectActionStatusCodeEnum.HTTP_302,
        }
        : null,
    };
}
