using System.Text.Json.Serialization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Protocol;
using Baker.Sdk.Wire.Generated;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ActionConverter), typeof(RuleConditionConverter)])]
[JsonSerializable(typeof(LoadBalancerRecord))]
[JsonSerializable(typeof(TargetGroupRecord))]
[JsonSerializable(typeof(TargetRecord))]
[JsonSerializable(typeof(ListenerRecord))]
[JsonSerializable(typeof(ListenerRuleRecord))]
internal sealed partial class BalancingJson : JsonSerializerContext;

/// <summary>Keeps what a listener or rule does.</summary>
internal sealed class ActionConverter() : WireConverter<Action>(ElasticLoadBalancingV2Wire.OnAction);

/// <summary>Keeps when a rule applies.</summary>
internal sealed class RuleConditionConverter() : WireConverter<RuleCondition>(ElasticLoadBalancingV2Wire.OnRuleCondition);
