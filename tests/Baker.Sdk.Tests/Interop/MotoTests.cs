using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Sdk.Tests.RoundTrips;

namespace Baker.Sdk.Tests.Interop;

/// <summary>Our clients against a server that nobody here wrote.</summary>
[NonParallelizable] // they share one account of the server, and some count what is in it
internal sealed class MotoTests
{
    private string _moto = "";

    private AmazonEC2Client Ec2 => (AmazonEC2Client)Clients.Make("ec2", _moto);

    private AmazonAutoScalingClient AutoScaling => (AmazonAutoScalingClient)Clients.Make("autoscaling", _moto);

    private AmazonSimpleSystemsManagementClient Ssm => (AmazonSimpleSystemsManagementClient)Clients.Make("ssm", _moto);

    private AmazonElasticLoadBalancingV2Client Elb => (AmazonElasticLoadBalancingV2Client)Clients.Make("elasticloadbalancing", _moto);

    private AmazonCloudWatchClient CloudWatch => (AmazonCloudWatchClient)Clients.Make("monitoring", _moto);

    [SetUp]
    public async Task FindMotoAsync() => _moto = (await MotoServer.UrlAsync()).ToString();

    [Test]
    public async Task Instance_FromLaunchToImage_IsSeenAsItIs()
    {
        using var ec2 = Ec2;
        var source = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["amazon"] })).Images[0].ImageId;
        var run = await ec2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = source,
            MinCount = 1,
            MaxCount = 1,
            InstanceType = InstanceType.T3Micro,
            UserData = Convert.ToBase64String("#!/bin/sh"u8),
            BlockDeviceMappings = [new() { DeviceName = "/dev/xvda", Ebs = new() { VolumeSize = 9, VolumeType = VolumeType.Gp3, Encrypted = true } }],
            TagSpecifications = [new() { ResourceType = Amazon.EC2.ResourceType.Instance, Tags = [new() { Key = "Name", Value = "a b&c" }] }],
        });
        var instance = run.Reservation.Instances.Single();

        var found = (await ec2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new() { Name = "tag:Name", Values = ["a b&c"] }] }))
            .Reservations.Single().Instances.Single();
        var data = await ec2.DescribeInstanceAttributeAsync(new DescribeInstanceAttributeRequest { InstanceId = instance.InstanceId, Attribute = InstanceAttributeName.UserData });
        var image = (await ec2.CreateImageAsync(new CreateImageRequest { InstanceId = instance.InstanceId, Name = "web 1" })).ImageId;
        var images = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [image] })).Images;

        Assert.Multiple(() =>
        {
            Assert.That(found.InstanceId, Is.EqualTo(instance.InstanceId));
            Assert.That(found.State.Name, Is.EqualTo(InstanceStateName.Running));
            Assert.That(found.LaunchTime!.Value.Kind, Is.EqualTo(DateTimeKind.Utc));
            Assert.That(data.InstanceAttribute.UserData, Is.EqualTo(Convert.ToBase64String("#!/bin/sh"u8)));
            Assert.That(images.Single().Name, Is.EqualTo("web 1"));
        });
    }

    [Test]
    public async Task Instance_ThatIsUnknown_IsAnEc2Exception()
    {
        using var ec2 = Ec2;

        var error = (await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = ["i-0123456789abcdef0"] })))!;

        Assert.That(error.ErrorCode, Is.EqualTo("InvalidInstanceID.NotFound"));
    }

    [Test]
    public async Task SecurityGroup_WithARule_IsReadBack()
    {
        using var ec2 = Ec2;
        var id = (await ec2.CreateSecurityGroupAsync(new CreateSecurityGroupRequest { GroupName = $"g{Guid.NewGuid():N}", Description = "d" })).GroupId;
        await ec2.AuthorizeSecurityGroupIngressAsync(new AuthorizeSecurityGroupIngressRequest
        {
            GroupId = id,
            IpPermissions = [new() { IpProtocol = "tcp", FromPort = 80, ToPort = 80, Ipv4Ranges = [new() { CidrIp = "10.0.0.0/8", Description = "inside" }] }],
        });

        var group = (await ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { GroupIds = [id] })).SecurityGroups.Single();

        Assert.That(group.IpPermissions.Single().Ipv4Ranges.Single().Description, Is.EqualTo("inside"));
    }

    [Test]
    public async Task Parameters_OverSeveralPages_AreAllThere()
    {
        using var ssm = Ssm;
        foreach (var number in Enumerable.Range(0, 23))
        {
            await ssm.PutParameterAsync(new PutParameterRequest { Name = $"/pages/{number}", Value = $"{number}", Type = ParameterType.String });
        }

        var values = new List<string>();
        await foreach (var page in ssm.Paginators.GetParametersByPath(new GetParametersByPathRequest { Path = "/pages", MaxResults = 10 }).Responses)
        {
            values.AddRange(page.Parameters.Select(each => each.Value));
        }

        Assert.That(values, Has.Count.EqualTo(23).And.Unique);
    }

    [Test]
    public async Task Parameter_PutTwice_IsItsOwnException()
    {
        using var ssm = Ssm;
        var put = new PutParameterRequest { Name = "/twice", Value = "v", Type = ParameterType.String };
        await ssm.PutParameterAsync(put);

        await Assert.ThrowsAsync<ParameterAlreadyExistsException>(() => ssm.PutParameterAsync(put));
    }

    [Test]
    public async Task Command_Sent_IsFoundAgain()
    {
        using var ssm = Ssm;
        var sent = await ssm.SendCommandAsync(new SendCommandRequest
        {
            InstanceIds = ["i-0123456789abcdef0"],
            DocumentName = "AWS-RunShellScript",
            Parameters = new() { ["commands"] = ["echo hello"] },
        });

        var listed = await ssm.ListCommandsAsync(new ListCommandsRequest { CommandId = sent.Command.CommandId });

        Assert.That(listed.Commands.Single().Parameters["commands"], Is.EqualTo(new[] { "echo hello" }));
    }

    [Test]
    public async Task Group_WithTemplateAndTargets_IsScaledAndRead()
    {
        using var ec2 = Ec2;
        using var elb = Elb;
        using var autoScaling = AutoScaling;
        var image = (await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["amazon"] })).Images[0].ImageId;
        var vpc = (await ec2.DescribeVpcsAsync(new DescribeVpcsRequest())).Vpcs[0].VpcId;
        var template = await ec2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest
        {
            LaunchTemplateName = $"t{Guid.NewGuid():N}",
            LaunchTemplateData = new() { ImageId = image, InstanceType = InstanceType.T3Micro, MetadataOptions = new() { HttpTokens = LaunchTemplateHttpTokensState.Required } },
        });
        var target = (await elb.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "web", Port = 80, Protocol = ProtocolEnum.HTTP, VpcId = vpc })).TargetGroups[0].TargetGroupArn;
        await autoScaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "web",
            MinSize = 1,
            MaxSize = 3,
            DesiredCapacity = 2,
            AvailabilityZones = ["us-east-1a"],
            LaunchTemplate = new() { LaunchTemplateId = template.LaunchTemplate.LaunchTemplateId, Version = "1" },
            TargetGroupARNs = [target],
            Tags = [new() { Key = "group", Value = "web", PropagateAtLaunch = true }],
        });

        await autoScaling.SetDesiredCapacityAsync(new SetDesiredCapacityRequest { AutoScalingGroupName = "web", DesiredCapacity = 3 });
        var group = (await autoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = ["web"] })).AutoScalingGroups.Single();
        var health = await elb.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = target });

        Assert.Multiple(() =>
        {
            Assert.That(group.Instances, Has.Count.EqualTo(3));
            Assert.That(group.LaunchTemplate.Version, Is.EqualTo("1"));
            Assert.That(group.Tags.Single().PropagateAtLaunch, Is.True);
            Assert.That(health.TargetHealthDescriptions, Has.Count.EqualTo(3));
        });
    }

    [Test]
    public async Task TargetGroup_ThatIsUnknown_IsItsOwnException()
    {
        using var elb = Elb;

        await Assert.ThrowsAsync<TargetGroupNotFoundException>(() => elb.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest { Names = ["nothing"] }));
    }

    [Test]
    public async Task Alarm_ThatIsSet_IsReadBack()
    {
        using var cloudWatch = CloudWatch;
        await cloudWatch.PutMetricAlarmAsync(new PutMetricAlarmRequest
        {
            AlarmName = "errors",
            MetricName = "Errors",
            Namespace = "Web",
            Statistic = Statistic.Sum,
            ComparisonOperator = ComparisonOperator.GreaterThanThreshold,
            Threshold = 1.5,
            Period = 60,
            EvaluationPeriods = 1,
        });
        await cloudWatch.SetAlarmStateAsync(new SetAlarmStateRequest { AlarmName = "errors", StateValue = StateValue.ALARM, StateReason = "test" });
        await cloudWatch.PutMetricDataAsync(new PutMetricDataRequest { Namespace = "Web", MetricData = [new() { MetricName = "Errors", Value = 2 }] });

        var alarm = (await cloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest { AlarmNames = ["errors"] })).MetricAlarms.Single();

        Assert.That((alarm.StateValue.Value, alarm.Threshold), Is.EqualTo(("ALARM", (double?)1.5)));
    }
}
