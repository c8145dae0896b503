using System.Diagnostics;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Fleets of the local cloud as boto3 and the AWS CLI see and scale them.</summary>
internal sealed class PeerTests
{
    private const string Boto = """
        import sys, boto3, botocore
        def client(name): return boto3.client(name, endpoint_url=sys.argv[1])
        g, e, w, c = client('autoscaling'), client('elbv2'), client('cloudwatch'), client('ec2')
        group = g.describe_auto_scaling_groups(AutoScalingGroupNames=['web'])['AutoScalingGroups'][0]
        print(len(group['Instances']), group['LaunchTemplate']['Version'], group['Tags'][0]['Key'], group['CreatedTime'].tzinfo is not None)
        g.set_desired_capacity(AutoScalingGroupName='web', DesiredCapacity=3)
        print([p['DesiredCapacity'] for p in g.get_paginator('describe_auto_scaling_groups').paginate().build_full_result()['AutoScalingGroups']])
        try:
            g.set_desired_capacity(AutoScalingGroupName='web', DesiredCapacity=99)
        except botocore.exceptions.ClientError as x:
            print(x.response['Error']['Code'], x.response['ResponseMetadata']['HTTPStatusCode'])
        try:
            e.describe_target_groups(Names=['nothing'])
        except e.exceptions.TargetGroupNotFoundException as x:
            print('TargetGroupNotFound')
        print(e.describe_target_health(TargetGroupArn=group['TargetGroupARNs'][0])['TargetHealthDescriptions'][0]['Target']['Port'])
        print(e.describe_listeners(LoadBalancerArn=e.describe_load_balancers()['LoadBalancers'][0]['LoadBalancerArn'])['Listeners'][0]['DefaultActions'][0]['Type'])
        w.put_metric_alarm(AlarmName='errors', Namespace='web', MetricName='errors', Statistic='Sum', Period=60, EvaluationPeriods=1, Threshold=1.5, ComparisonOperator='GreaterThanThreshold')
        w.set_alarm_state(AlarmName='errors', StateValue='ALARM', StateReason='because')
        alarm = w.describe_alarms()['MetricAlarms'][0]
        print(alarm['StateValue'], alarm['Threshold'], alarm['StateUpdatedTimestamp'].year > 2000)
        print(c.describe_launch_template_versions(LaunchTemplateName='web', Versions=['$Latest'])['LaunchTemplateVersions'][0]['LaunchTemplateData']['ImageId'])
        """;

    [Test]
    public async Task Boto3_ReadsAndScales()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await FleetAsync(cloud);

        var output = await RunAsync(cloud, "python3", "-c", Boto, cloud.Url);

        Assert.That(output.Split('\n'), Is.EqualTo(new[]
        {
            "2 1 group True", "[3]", "ValidationError 400", "TargetGroupNotFound", "8080", "forward", "ALARM 1.5 True", TestCloud.BaseImageId,
        }));
    }

    private const string Around = """
        import sys, boto3, botocore
        def client(name): return boto3.client(name, endpoint_url=sys.argv[1])
        a, n, e, w, g, c = client('acm'), client('sns'), client('elbv2'), client('cloudwatch'), client('autoscaling'), client('ec2')
        arn = a.import_certificate(Certificate=open(sys.argv[2], 'rb').read(), PrivateKey=open(sys.argv[3], 'rb').read(), Tags=[{'Key': 'k', 'Value': 'v'}])['CertificateArn']
        d = a.describe_certificate(CertificateArn=arn)['Certificate']
        print(d['DomainName'], d['Type'], d['KeyAlgorithm'], len(a.list_certificates()['CertificateSummaryList']), a.list_tags_for_certificate(CertificateArn=arn)['Tags'])
        subnets = [s['SubnetId'] for s in c.describe_subnets()['Subnets']][:2]
        lb = e.create_load_balancer(Name='web', Subnets=subnets)['LoadBalancers'][0]['LoadBalancerArn']
        l = e.create_listener(LoadBalancerArn=lb, Port=8443, Protocol='HTTPS', Certificates=[{'CertificateArn': arn}], DefaultActions=[{'Type': 'fixed-response', 'FixedResponseConfig': {'StatusCode': '404'}}])['Listeners'][0]
        r = e.create_rule(ListenerArn=l['ListenerArn'], Priority=1, Conditions=[{'Field': 'source-ip', 'SourceIpConfig': {'Values': ['127.0.0.0/8']}}], Actions=[{'Type': 'redirect', 'RedirectConfig': {'Host': 'example.com', 'StatusCode': 'HTTP_302'}}])['Rules'][0]
        print(l['SslPolicy'], r['Actions'][0]['RedirectConfig']['Path'], len(e.describe_ssl_policies()['SslPolicies']) > 10)
        try:
            a.delete_certificate(CertificateArn=arn)
        except a.exceptions.ResourceInUseException:
            print('in use', a.describe_certificate(CertificateArn=arn)['Certificate']['InUseBy'] == [lb])
        topic = n.create_topic(Name='ops', Attributes={'DisplayName': 'Ops'})['TopicArn']
        n.subscribe(TopicArn=topic, Protocol='email', Endpoint='a@example.com')
        print(n.get_topic_attributes(TopicArn=topic)['Attributes']['SubscriptionsPending'], n.list_subscriptions()['Subscriptions'][0]['SubscriptionArn'])
        b = n.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{'Id': str(i), 'Message': 'm', 'MessageAttributes': {'k': {'DataType': 'String', 'StringValue': 'v'}}} for i in range(3)])
        print(len(b['Successful']), b.get('Failed', []))
        w.put_metric_data(Namespace='web', MetricData=[{'MetricName': 'time', 'Dimensions': [{'Name': 'host', 'Value': 'h' * 200 + str(i)}], 'Values': [1.0, 2.0], 'Counts': [1.0, 3.0]} for i in range(200)])
        print(sum(len(p['Metrics']) for p in w.get_paginator('list_metrics').paginate(Namespace='web')))
        try:
            w.put_metric_alarm(AlarmName='x', Namespace='web', MetricName='time', ExtendedStatistic='p99', Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator='GreaterThanThreshold', AlarmActions=['mail me'])
        except botocore.exceptions.ClientError as x:
            print(x.response['Error']['Code'])
        """;

    [Test]
    public async Task Boto3_ImportsBalancesPublishesAndMeasures()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["pem"]);
        var (body, key) = LoadBalancing.Front.Certificate("web.example.com");
        await File.WriteAllBytesAsync(folder["pem/cert"], body.ToArray());
        await File.WriteAllBytesAsync(folder["pem/key"], key.ToArray());

        var output = await RunAsync(cloud, "python3", "-c", Around, cloud.Url, folder["pem/cert"], folder["pem/key"]);

        Assert.That(output.Split('\n'), Is.EqualTo(new[]
        {
            "web.example.com IMPORTED RSA-2048 1 [{'Key': 'k', 'Value': 'v'}]", "ELBSecurityPolicy-2016-08 /#{path} True", "in use True",
            "1 PendingConfirmation", "3 []", "200", "ValidationError",
        }));
    }

    [Test]
    public async Task AwsCli_ReadsAndScales()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await FleetAsync(cloud);

        await RunAsync(cloud, "aws", "--endpoint-url", cloud.Url, "autoscaling", "update-auto-scaling-group", "--auto-scaling-group-name", "web", "--desired-capacity", "1");
        var size = await RunAsync(cloud, "aws", "--endpoint-url", cloud.Url, "autoscaling", "describe-auto-scaling-groups", "--query", "AutoScalingGroups[0].DesiredCapacity");
        var refresh = await RunAsync(cloud, "aws", "--endpoint-url", cloud.Url, "autoscaling", "start-instance-refresh", "--auto-scaling-group-name", "web", "--query", "InstanceRefreshId", "--output", "text");
        var refreshes = await RunAsync(cloud, "aws", "--endpoint-url", cloud.Url, "autoscaling", "describe-instance-refreshes", "--auto-scaling-group-name", "web", "--query", "InstanceRefreshes[0].InstanceRefreshId", "--output", "text");

        Assert.That((size, refreshes), Is.EqualTo(("1", refresh)));
    }

    private static async Task FleetAsync(FleetCloud cloud)
    {
        var (target, _) = await cloud.BalanceAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 2, group => (group.TargetGroupARNs, group.Tags) = ([target], [new() { Key = "group", Value = "web", PropagateAtLaunch = true }]));
        await cloud.UntilInServiceAsync("web", 2);
    }

    private static async Task<string> RunAsync(FleetCloud cloud, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        foreach (var (name, value) in new[] { ("AWS_ACCESS_KEY_ID", cloud.Inner.Cloud.Key.Id), ("AWS_SECRET_ACCESS_KEY", cloud.Inner.Cloud.Key.Secret), ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_PAGER", "") })
        {
            start.Environment[name] = value;
        }

        var run = await ProcessRun.RunAsync(start);
        if (run.Error.Contains("No module named", StringComparison.Ordinal))
        {
            Peers.Missing("boto3 is not installed");
        }

        Assert.That(run.Code, Is.Zero, run.Error);
        return run.Out.Trim();
    }
}
