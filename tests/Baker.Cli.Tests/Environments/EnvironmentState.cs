using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleNotificationService.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>All that is of an environment on the cloud, as AWS describes it, without what changes by itself.</summary>
internal static class EnvironmentState
{
    /// <summary>What time alone changes: an alarm's state, and when a schedule is due next.</summary>
    private static readonly string[] s_passing = ["StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp", "EvaluationState", "StartTime", "Time"];

    public static async Task<string> OfAsync(CloudClients clients, string environment)
    {
        var ofIt = new Amazon.EC2.Model.Filter { Name = "tag:baker:environment", Values = [environment] };
        var fleets = (await clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest { MaxRecords = 100, Filters = [new Amazon.AutoScaling.Model.Filter { Name = "tag:baker:environment", Values = [environment] }] })).AutoScalingGroups ?? [];
        var (policies, schedules) = (new List<ScalingPolicy>(), new List<JToken>());
        foreach (var fleet in fleets)
        {
            policies.AddRange((await clients.AutoScaling.DescribePoliciesAsync(new DescribePoliciesRequest { AutoScalingGroupName = fleet.AutoScalingGroupName })).ScalingPolicies ?? []);
            var actions = (await clients.AutoScaling.DescribeScheduledActionsAsync(new DescribeScheduledActionsRequest { AutoScalingGroupName = fleet.AutoScalingGroupName })).ScheduledUpdateGroupActions ?? [];
            schedules.AddRange(actions.Select(Lasting));
        }

        var nodes = (await clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [ofIt, new Amazon.EC2.Model.Filter { Name = "instance-state-name", Values = ["pending", "running", "stopping", "stopped", "shutting-down"] }] })).Reservations ?? [];
        var volumes = (await clients.EC2.DescribeVolumesAsync(new DescribeVolumesRequest { Filters = [ofIt] })).Volumes ?? [];
        var templates = (await clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest { Filters = [ofIt] })).LaunchTemplates ?? [];
        var versions = new List<LaunchTemplateVersion>();
        foreach (var template in templates)
        {
            versions.AddRange((await clients.EC2.DescribeLaunchTemplateVersionsAsync(new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = template.LaunchTemplateId })).LaunchTemplateVersions);
        }

        var images = (await clients.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"], Filters = [ofIt] })).Images ?? [];
        var groups = (await clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { Filters = [ofIt] })).SecurityGroups ?? [];
        return JsonConvert.SerializeObject(
            new
            {
                Images = images.OrderBy(image => image.ImageId, StringComparer.Ordinal),
                Fleets = fleets,
                Nodes = nodes.SelectMany(each => each.Instances).OrderBy(node => node.InstanceId, StringComparer.Ordinal),
                Volumes = volumes.OrderBy(volume => volume.VolumeId, StringComparer.Ordinal),
                Templates = templates,
                Parameters = await ParametersAsync(clients, $"/baker/env/{environment}"),
                Versions = versions,
                Policies = policies,
                Schedules = schedules,
                SecurityGroups = groups.OrderBy(group => group.GroupId, StringComparer.Ordinal),
                Balancers = await BalancersAsync(clients, environment),
                TargetGroups = await TargetGroupsAsync(clients, environment),
                Topics = await TopicsAsync(clients, environment),
                Alarms = await AlarmsAsync(clients, environment),
            },
            Formatting.Indented);
    }

    private static JToken Lasting(object described)
    {
        var token = JObject.FromObject(described);
        foreach (var name in s_passing)
        {
            token.Remove(name);
        }

        return token;
    }

    private static async Task<List<Parameter>> ParametersAsync(CloudClients clients, string path)
    {
        var found = new List<Parameter>();
        var request = new GetParametersByPathRequest { Path = path, Recursive = true, WithDecryption = true };
        do
        {
            var page = await clients.SSM.GetParametersByPathAsync(request);
            found.AddRange(page.Parameters ?? []);
            request.NextToken = page.NextToken;
        }
        while (!string.IsNullOrEmpty(request.NextToken));
        return found;
    }

    private static async Task<HashSet<string>> TaggedAsync(CloudClients clients, string environment, IEnumerable<string> arns)
    {
        var tagged = new HashSet<string>(StringComparer.Ordinal);
        foreach (var some in arns.Chunk(20))
        {
            var tags = (await clients.ELBv2.DescribeTagsAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeTagsRequest { ResourceArns = [.. some] })).TagDescriptions ?? [];
            tagged.UnionWith(tags.Where(each => each.Tags.Exists(tag => tag.Key == "baker:environment" && tag.Value == environment)).Select(each => each.ResourceArn));
        }

        return tagged;
    }

    private static async Task<List<object>> BalancersAsync(CloudClients clients, string environment)
    {
        var all = (await clients.ELBv2.DescribeLoadBalancersAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest())).LoadBalancers ?? [];
        var ours = await TaggedAsync(clients, environment, all.Select(each => each.LoadBalancerArn));
        var found = new List<object>();
        foreach (var balancer in all.Where(each => ours.Contains(each.LoadBalancerArn)))
        {
            var listeners = (await clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners ?? [];
            var rules = new List<Rule>();
            foreach (var listener in listeners)
            {
                rules.AddRange((await clients.ELBv2.DescribeRulesAsync(new DescribeRulesRequest { ListenerArn = listener.ListenerArn })).Rules ?? []);
            }

            var attributes = (await clients.ELBv2.DescribeLoadBalancerAttributesAsync(new DescribeLoadBalancerAttributesRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Attributes;
            found.Add(new { balancer, listeners, rules, attributes });
        }

        return found;
    }

    private static async Task<List<object>> TargetGroupsAsync(CloudClients clients, string environment)
    {
        var all = (await clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest())).TargetGroups ?? [];
        var ours = await TaggedAsync(clients, environment, all.Select(each => each.TargetGroupArn));
        var found = new List<object>();
        foreach (var group in all.Where(each => ours.Contains(each.TargetGroupArn)))
        {
            var attributes = (await clients.ELBv2.DescribeTargetGroupAttributesAsync(new DescribeTargetGroupAttributesRequest { TargetGroupArn = group.TargetGroupArn })).Attributes;
            var targets = (await clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = group.TargetGroupArn })).TargetHealthDescriptions ?? [];
            found.Add(new { group, attributes, targets = targets.Select(each => each.Target.Id).Order(StringComparer.Ordinal) });
        }

        return found;
    }

    private static async Task<List<object>> TopicsAsync(CloudClients clients, string environment)
    {
        var found = new List<object>();
        foreach (var topic in (await clients.SNS.ListTopicsAsync(new ListTopicsRequest())).Topics ?? [])
        {
            var tags = (await clients.SNS.ListTagsForResourceAsync(new Amazon.SimpleNotificationService.Model.ListTagsForResourceRequest { ResourceArn = topic.TopicArn })).Tags ?? [];
            if (tags.Exists(tag => tag.Key == "baker:environment" && tag.Value == environment))
            {
                var attributes = (await clients.SNS.GetTopicAttributesAsync(new GetTopicAttributesRequest { TopicArn = topic.TopicArn })).Attributes;
                var subscriptions = (await clients.SNS.ListSubscriptionsByTopicAsync(new ListSubscriptionsByTopicRequest { TopicArn = topic.TopicArn })).Subscriptions ?? [];
                found.Add(new { topic, tags, attributes, subscriptions });
            }
        }

        return found;
    }

    private static async Task<List<JToken>> AlarmsAsync(CloudClients clients, string environment) =>
    [
        .. ((await clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest { AlarmNamePrefix = "baker:", MaxRecords = 100 })).MetricAlarms ?? [])
            .Where(alarm => alarm.AlarmName.Contains(environment + "/", StringComparison.Ordinal))
            .OrderBy(alarm => alarm.AlarmName, StringComparer.Ordinal)
            .Select(Lasting),
    ];
}
