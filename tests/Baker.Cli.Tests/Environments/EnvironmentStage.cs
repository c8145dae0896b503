using System.Text.RegularExpressions;
using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleNotificationService.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>A served local cloud on which nothing executes, and a manifest with environments that each have all kinds of resources.</summary>
internal static class EnvironmentStage
{
    private static readonly HashSet<string> s_differs =
    [
        "CreatedTime", "CreateTime", "StartTime", "AlarmConfigurationUpdatedTimestamp", "StateTransitionedTimestamp", "StateUpdatedTimestamp",
        "StateReason", "StateReasonData", "StateValue", "EvaluationState", "DNSName", "Instances", "Version",

        // When a schedule comes next: another once its hour has passed.
        "Time",
    ];

    /// <param name="environments">Their names.</param>
    public static string Manifest(IEnumerable<string> environments)
    {
        var each = environments.Select(name => $$$$"""
                "{{{{name}}}}": {
                  "__balancers__": {"www": {
                    "security_groups": ["lb"],
                    "health_check": {"path": "/__heartbeat__", "interval": 5, "timeout": 4, "healthy": 2},
                    "deregistration_delay": 5,
                    "port": 8080,
                    "listeners": [{"port": {{{{Ports.Next()}}}}, "protocol": "HTTP", "forward": "www", "rules": [
                      {"priority": 10, "path": ["/api/*"], "forward": "api"},
                      {"priority": 20, "host": "old.example.com", "redirect": {"host": "new.example.com"}}
                    ]}],
                    "alarms": {"errors": {"metric": "HTTPCode_ELB_5XX_Count", "statistic": "Sum", "threshold": 10, "actions": {"alarm": "ops"}}}
                  }}
                }
            """);
        return $$$$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-11111111", "run_list": [], "security_groups": ["web"]},
              "__security_groups__": {
                "lb": {"description": "what the world reaches", "inbound": [{"port": 80, "from": ["0.0.0.0/0", "::/0"], "description": "everybody"}]},
                "web": {
                  "inbound": [{"port": 8080, "from": "balancer:www"}, {"port": 22, "from": "10.0.0.0/8"}, {"protocol": "all", "from": "self"}],
                  "outbound": [{"protocol": "all", "to": "0.0.0.0/0"}]
                }
              },
              "__topics__": {"ops": {"display_name": "Ops", "subscriptions": [{"email": "ops@example.com"}]}, "old": {}},
              "other": {"source_ami": "ami-22222222", "autoscale": {"node_max": 2, "timeout": 1}},
              "db": {"autoscale": {"node_max": 2, "timeout": 1}},
              "www": {
                "balancer": "www", "after": ["db"],
                "autoscale": {
                  "node_max": 3, "timeout": 1,
                  "policies": {
                    "grow": {"type": "step", "steps": [{"from": 0, "to": 20, "change": 1}, {"from": 20, "change": 2}], "warmup": 60},
                    "cpu": {"type": "target_tracking", "metric": "ASGAverageCPUUtilization", "target": 50}
                  },
                  "schedules": {"night": {"recurrence": "0 20 * * *", "time_zone": "Europe/Berlin", "min": 1}}
                },
                "alarms": {
                  "busy": {"metric": "CPUUtilization", "threshold": 40, "period": 300, "actions": {"alarm": ["grow", "ops"], "ok": "ops"}},
                  "slow": {"namespace": "AWS/ApplicationELB", "metric": "TargetResponseTime", "statistic": "p99", "threshold": 0.5, "actions": {"alarm": "ops"}}
                }
              },
              "api": {"balancer": "www", "after": "www", "autoscale": {"node_max": 2, "timeout": 1}},
              "__environments__": {
            {{{{string.Join(",\n", each)}}}}
              }
            }
            """;
    }

    /// <summary>The same manifest some weeks later: something of every kind is new, another or gone, and a fleet has another image.</summary>
    public static string Later(string manifest)
    {
        var later = JObject.Parse(manifest);
        later.Merge(
            JObject.Parse("""
                {
                  "__security_groups__": {
                    "lb": {"inbound": [{"port": 80, "from": ["0.0.0.0/0", "::/0"], "description": "the world"}]},
                    "web": {"inbound": [{"port": 8080, "from": "balancer:www"}, {"port": "9000-9010", "from": "lb"}, {"protocol": "all", "from": "self"}]},
                    "office": {"inbound": [{"port": 22, "from": "web"}]}
                  },
                  "__topics__": {"ops": {"display_name": "Operations", "subscriptions": [{"email": "ops@example.com"}, {"email": "night@example.com"}]}, "pager": {}},
                  "db": {"source_ami": "ami-22222222"},
                  "www": {
                    "autoscale": {
                      "policies": {
                        "grow": {"type": "step", "steps": [{"from": 0, "to": 10, "change": 1}, {"from": 10, "change": 2}], "warmup": 30},
                        "shrink": {"type": "simple", "change": -1, "cooldown": 60}
                      },
                      "schedules": {"night": {"recurrence": "0 22 * * *", "time_zone": "Europe/Berlin", "min": 1}, "day": {"recurrence": "0 6 * * *", "min": 1}}
                    },
                    "alarms": {
                      "busy": {"metric": "CPUUtilization", "threshold": 60, "period": 300, "actions": {"alarm": ["grow", "pager"], "ok": "ops"}},
                      "idle": {"metric": "CPUUtilization", "comparison": "<", "threshold": 5, "actions": {"alarm": "shrink"}}
                    }
                  },
                  "api": {"autoscale": {"warm_pool": {"min": 1}}}
                }
                """),
            new JsonMergeSettings { MergeArrayHandling = MergeArrayHandling.Replace });
        later["__topics__"]!["old"]!.Parent!.Remove();
        later["www"]!["autoscale"]!["policies"]!["cpu"]!.Parent!.Remove();
        later["www"]!["alarms"]!["slow"]!.Parent!.Remove();
        foreach (var environment in later["__environments__"]!.Children<JProperty>())
        {
            var balancer = (JObject)environment.Value["__balancers__"]!["www"]!;
            balancer["deregistration_delay"] = 6;
            balancer["health_check"]!["path"] = "/up";
            balancer["attributes"] = new JObject { ["idle_timeout.timeout_seconds"] = 90 };
            balancer["alarms"]!["errors"]!["threshold"] = 20;
            var listener = (JObject)balancer["listeners"]![0]!;
            listener["forward"] = JObject.Parse("""{"www": 9, "api": 1}""");
            listener["rules"] = JArray.Parse("""
                [{"priority": 10, "path": ["/api/*", "/v2/*"], "forward": "api"}, {"priority": 30, "host": "soon.example.com", "fixed": {"status": 503, "body": "soon"}}]
                """);
        }

        return later.ToString();
    }

    public static async Task<FleetProject> ServeAsync(IEnumerable<string> environments, double scale = 0.02)
    {
        var project = new TestProject(Manifest(environments));
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        return await FleetProject.ServeAsync(project, scale);
    }

    /// <summary>The same with another environment, <c>zeroth</c>: the images are the account's, and of those that bake one at the same time only one does.</summary>
    public static async Task<FleetProject> ServeBakedAsync(IEnumerable<string> environments)
    {
        var fleet = await ServeAsync([.. environments, "zeroth"]);
        await fleet.HereAsync(ExitCode.Done, "environment:create", "zeroth");
        return fleet;
    }

    /// <summary>Runs <c>package</c> in this process.</summary>
    public static async Task<ProgramRun> HereAsync(this FleetProject fleet, ExitCode code, params string[] arguments)
    {
        var run = await fleet.Project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(code), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }

    /// <summary>What there is on the cloud that carries an environment's name, whatever made it.</summary>
    public static async Task<List<string>> OfAsync(this FleetProject fleet, string environment)
    {
        var clients = fleet.Clients;
        var groups = (await clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest())).SecurityGroups ?? [];
        var instances = ((await clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest())).Reservations ?? []).SelectMany(each => each.Instances)
            .Where(instance => instance.State.Name.Value is not ("terminated" or "shutting-down"));
        var templates = (await clients.EC2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest { MaxResults = 200 })).LaunchTemplates ?? [];
        var fleets = new List<AutoScalingGroup>();
        for (var asked = new DescribeAutoScalingGroupsRequest { MaxRecords = 100 }; ;)
        {
            var page = await clients.AutoScaling.DescribeAutoScalingGroupsAsync(asked);
            fleets.AddRange(page.AutoScalingGroups ?? []);
            asked.NextToken = page.NextToken;
            if (string.IsNullOrEmpty(asked.NextToken))
            {
                break;
            }
        }

        var alarms = new List<MetricAlarm>();
        for (var asked = new DescribeAlarmsRequest { MaxRecords = 100 }; ;)
        {
            var page = await clients.CloudWatch.DescribeAlarmsAsync(asked);
            alarms.AddRange(page.MetricAlarms ?? []);
            asked.NextToken = page.NextToken;
            if (string.IsNullOrEmpty(asked.NextToken))
            {
                break;
            }
        }

        var balancers = (await clients.ELBv2.DescribeLoadBalancersAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest())).LoadBalancers ?? [];
        var targets = (await clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest())).TargetGroups ?? [];
        var topics = (await clients.SNS.ListTopicsAsync(new ListTopicsRequest())).Topics ?? [];
        var parameters = (await clients.SSM.GetParametersByPathAsync(new Amazon.SimpleSystemsManagement.Model.GetParametersByPathRequest { Path = $"/baker/env/{environment}", Recursive = true })).Parameters ?? [];
        return
        [
            .. groups.Where(each => each.GroupName.StartsWith(environment + "-", StringComparison.Ordinal)).Select(each => "security group " + each.GroupName),
            .. instances.Where(each => each.Tags?.Exists(tag => tag.Key == "environment" && tag.Value == environment) == true).Select(each => "instance " + each.InstanceId),
            .. templates.Where(each => each.LaunchTemplateName.StartsWith(environment, StringComparison.Ordinal)).Select(each => "launch template " + each.LaunchTemplateName),
            .. fleets.Where(each => each.AutoScalingGroupName.StartsWith(environment + "/", StringComparison.Ordinal)).Select(each => "fleet " + each.AutoScalingGroupName),
            .. balancers.Where(each => each.LoadBalancerName.StartsWith(environment + "-", StringComparison.Ordinal)).Select(each => "balancer " + each.LoadBalancerName),
            .. targets.Where(each => each.TargetGroupName.StartsWith(environment + "-", StringComparison.Ordinal)).Select(each => "target group " + each.TargetGroupName),
            .. topics.Where(each => each.TopicArn.Contains(":" + environment + "-", StringComparison.Ordinal)).Select(each => "topic " + each.TopicArn),
            .. alarms.Where(each => each.AlarmName.Contains(environment + "/", StringComparison.Ordinal)).Select(each => "alarm " + each.AlarmName),
            .. parameters.Select(each => "parameter " + each.Name),
        ];
    }

    /// <summary>
    /// All of an environment as AWS describes it, without what is another each time: ids, times, how often a fleet was replaced, and
    /// who made it.
    /// </summary>
    public static async Task<string> DescribeAsync(this FleetProject fleet, string environment)
    {
        var clients = fleet.Clients;
        var security = (await clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest())).SecurityGroups
            .FindAll(each => each.GroupName.StartsWith(environment + "-", StringComparison.Ordinal));
        var balancer = (await clients.ELBv2.DescribeLoadBalancersAsync(new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest { Names = [environment + "-www"] })).LoadBalancers[0];
        var listeners = (await clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners;
        var targets = (await clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest())).TargetGroups
            .FindAll(each => each.TargetGroupName.StartsWith(environment + "-", StringComparison.Ordinal));
        var fleets = (await clients.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest
        {
            MaxRecords = 100,
            Filters = [new Amazon.AutoScaling.Model.Filter { Name = "tag:baker:environment", Values = [environment] }],
        })).AutoScalingGroups;
        var (rules, attributes, subscriptions, policies, schedules, pools, alarms) = (new List<object>(), new List<object>(), new List<object>(), new List<object>(), new List<object>(), new List<object>(), new List<object>());
        foreach (var listener in listeners)
        {
            rules.AddRange((await clients.ELBv2.DescribeRulesAsync(new DescribeRulesRequest { ListenerArn = listener.ListenerArn })).Rules);
        }

        attributes.AddRange((await clients.ELBv2.DescribeLoadBalancerAttributesAsync(new DescribeLoadBalancerAttributesRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Attributes);
        foreach (var target in targets)
        {
            attributes.AddRange((await clients.ELBv2.DescribeTargetGroupAttributesAsync(new DescribeTargetGroupAttributesRequest { TargetGroupArn = target.TargetGroupArn })).Attributes
                .Select(each => new { target.TargetGroupName, each.Key, each.Value }));
        }

        foreach (var topic in (await clients.SNS.ListTopicsAsync(new ListTopicsRequest())).Topics.Where(each => each.TopicArn.Contains($":{environment}-", StringComparison.Ordinal)))
        {
            var said = await clients.SNS.GetTopicAttributesAsync(new GetTopicAttributesRequest { TopicArn = topic.TopicArn });
            attributes.Add(new { topic.TopicArn, DisplayName = said.Attributes.GetValueOrDefault("DisplayName") });
            subscriptions.AddRange((await clients.SNS.ListSubscriptionsByTopicAsync(new ListSubscriptionsByTopicRequest { TopicArn = topic.TopicArn })).Subscriptions ?? []);
        }

        foreach (var name in fleets.Select(each => each.AutoScalingGroupName))
        {
            policies.AddRange((await clients.AutoScaling.DescribePoliciesAsync(new DescribePoliciesRequest { AutoScalingGroupName = name })).ScalingPolicies ?? []);
            schedules.AddRange((await clients.AutoScaling.DescribeScheduledActionsAsync(new DescribeScheduledActionsRequest { AutoScalingGroupName = name })).ScheduledUpdateGroupActions ?? []);
            pools.Add((await clients.AutoScaling.DescribeWarmPoolAsync(new DescribeWarmPoolRequest { AutoScalingGroupName = name })).WarmPoolConfiguration);
        }

        foreach (var prefix in new[] { $"baker:{environment}/", $"baker:balancer/{environment}/", $"TargetTracking-{environment}/" })
        {
            alarms.AddRange((await clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest { AlarmNamePrefix = prefix })).MetricAlarms ?? []);
        }

        var sizes = fleets.Select(each => $"{each.AutoScalingGroupName}: {each.Instances?.Count(instance => instance.LifecycleState == LifecycleState.InService)}");
        var all = JObject.FromObject(new { security, balancer, listeners, rules, targets, attributes, subscriptions, fleets, sizes, policies, schedules, pools, alarms });
        var text = security.Aggregate(
            Same(all).ToString(),
            (known, group) => known.Replace(group.GroupId, group.GroupName, StringComparison.Ordinal));
        text = Regex.Replace(text, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=/)[0-9a-f]{16}\\b|\\b(?:lt|i|sgr)-[0-9a-f]+|(?<=-v)00[0-9]|(?<=\"Port\": )[0-9]{5}", "0");
        return Same(JObject.Parse(text.Replace(environment, "e", StringComparison.Ordinal))).ToString();
    }

    /// <summary>The description without what differs, its lists in the order of their texts.</summary>
    private static JToken Same(JToken token) => token switch
    {
        JObject value => new JObject(value.Properties().Where(each => !s_differs.Contains(each.Name)).Select(each => new JProperty(each.Name, Same(each.Value)))),
        JArray list => new JArray(list
            .Where(each => each is not JObject tag || (string?)tag["Key"] is not "baker:run")
            .Select(Same)
            .OrderBy(each => each.ToString(Newtonsoft.Json.Formatting.None), StringComparer.Ordinal)),
        _ => token,
    };

    /// <summary>What others do to an environment: a rule more, a rule less, an alarm less.</summary>
    public static async Task DriftAsync(this FleetProject fleet, string environment)
    {
        var groups = (await fleet.Clients.EC2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest
        {
            Filters = [new Amazon.EC2.Model.Filter { Name = "group-name", Values = [$"{environment}-web"] }],
        })).SecurityGroups;
        await fleet.Clients.EC2.AuthorizeSecurityGroupIngressAsync(new AuthorizeSecurityGroupIngressRequest
        {
            GroupId = groups[0].GroupId,
            IpPermissions = [new IpPermission { IpProtocol = "tcp", FromPort = 23, ToPort = 23, Ipv4Ranges = [new IpRange { CidrIp = "0.0.0.0/0" }] }],
        });
        await fleet.Clients.EC2.RevokeSecurityGroupIngressAsync(new RevokeSecurityGroupIngressRequest
        {
            GroupId = groups[0].GroupId,
            IpPermissions = [new IpPermission { IpProtocol = "tcp", FromPort = 22, ToPort = 22, Ipv4Ranges = [new IpRange { CidrIp = "10.0.0.0/8" }] }],
        });
        await fleet.Clients.CloudWatch.DeleteAlarmsAsync(new DeleteAlarmsRequest { AlarmNames = [$"baker:{environment}/www-v001/busy"] });
    }
}
