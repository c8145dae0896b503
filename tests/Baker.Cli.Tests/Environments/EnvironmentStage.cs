using Amazon.AutoScaling.Model;
using Amazon.CloudWatch.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleNotificationService.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Environments;

/// <summary>A served local cloud on which nothing executes, and a manifest with environments that each have all kinds of resources.</summary>
internal static class EnvironmentStage
{
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
              "__topics__": {"ops": {"display_name": "Ops", "subscriptions": [{"email": "ops@example.com"}]}},
              "other": {"source_ami": "ami-22222222"},
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

    public static async Task<FleetProject> ServeAsync(IEnumerable<string> environments, double scale = 0.02)
    {
        var project = new TestProject(Manifest(environments));
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        return await FleetProject.ServeAsync(project, scale);
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
