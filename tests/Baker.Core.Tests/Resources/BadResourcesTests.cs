using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Resources;

/// <summary>Wrong values of the resources around the fleets: each is told at its place, which a § marks.</summary>
public sealed class BadResourcesTests
{
    private const string Www = "'www': {'balancer': 'b', 'autoscale': {}}";

    // Security groups.
    [TestCase("{'__security_groups__': §[]}", "BK008", "an object")]
    [TestCase("{'__security_groups__': {'a': §1}}", "BK008", "an object")]
    [TestCase("{'__security_groups__': {§'a b': {}}}", "BK009", "a name of letters")]
    [TestCase("{'__security_groups__': {'a': {§'inbund': []}}}", "BK011", "no attribute 'inbund'")]
    [TestCase("{'__security_groups__': {'a': {'name': §'sg-1'}}}", "BK009", "not one of an id")]
    [TestCase("{'__security_groups__': {'a': {'vpc': §'main'}}}", "BK009", "a VPC id")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [§{'port': 80}]}}}", "BK009", "needs the attribute 'from'")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [§{'from': 'self'}]}}}", "BK009", "needs the attribute 'port'")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': §65536, 'from': 'self'}]}}}", "BK009", "a port from 0 to 65535")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': §'90-80', 'from': 'self'}]}}}", "BK009", "a port from 0 to 65535")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': §80, 'protocol': 'icmp', 'from': 'self'}]}}}", "BK010", "icmp has none")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'protocol': §'tcpip', 'from': 'self'}]}}}", "BK009", "one of tcp")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'from': §'10.0.0.1'}]}}}", "BK009", "a range of addresses")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'from': §'10.0.0.1/8'}]}}}", "BK009", "a range of addresses")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'from': §'10.0.0.0/33'}]}}}", "BK009", "a range of addresses")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'from': §'wbe'}]}, 'web': {}}}", "BK009", "security group 'wbe'")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'from': §'balancer:b'}]}}}", "BK009", "balancer 'b'")]
    [TestCase("{'__security_groups__': {'a': {'inbound': [{'port': 80, 'from': ['self', §'self']}]}}}", "BK010", "a second time")]
    [TestCase("{'__security_groups__': {'a': {}, 'b': {'region': 'eu-west-1', 'inbound': [{'port': 1, 'from': §'a'}]}}}", "BK010", "is in us-east-1")]
    [TestCase("{'__security_groups__': {'a': {'name': 'x'}, §'b': {'name': 'x'}}}", "BK010", "would be called 'x'")]

    // Balancers.
    [TestCase("{'__balancers__': {'b': {'scheme': §'external'}}}", "BK009", "one of public, internal")]
    [TestCase("{'__balancers__': {'b': {'subnets': §['subnet-01234567']}}}", "BK009", "needs two")]
    [TestCase("{'__balancers__': {'b': {'subnets': ['subnet-01234567', §'subnet-01234567']}}}", "BK010", "twice")]
    [TestCase("{'__balancers__': {'b': {'security_groups': [§'lb']}}}", "BK009", "security group 'lb'")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': §0, 'protocol': 'HTTP', 'fixed': {'status': 200}}]}}}", "BK009", "from 1 to 65535")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': §'TCP', 'fixed': {'status': 200}}]}}}", "BK010", "application balancer, and listens for TCP")]
    [TestCase("{'__balancers__': {'b': {'listeners': [§{'port': 80, 'fixed': {'status': 200}}]}}}", "BK009", "needs the attribute 'protocol'")]
    [TestCase("{'__balancers__': {'b': {'listeners': [§{'port': 80, 'protocol': 'HTTP'}]}}}", "BK009", "No group joins b")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'fixed': {'status': 200}}, {'port': §80, 'protocol': 'HTTP', 'fixed': {'status': 200}}]}}}", "BK010", "port 80 twice")]
    [TestCase("{'__balancers__': {'b': {'listeners': [§{'port': 443, 'protocol': 'HTTPS', 'fixed': {'status': 200}}]}}}", "BK009", "no certificate")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 443, 'protocol': 'HTTPS', 'certificates': [§'arn:aws:acm:eu-west-1:123456789012:certificate/x'], 'fixed': {'status': 200}}]}}}", "BK010", "this certificate in eu-west-1")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 443, 'protocol': 'HTTPS', 'certificates': §'mine', 'fixed': {'status': 200}}]}}}", "BK009", "the ARN of a certificate")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'policy': §'ELBSecurityPolicy-2016-08', 'fixed': {'status': 200}}]}}}", "BK010", "neither certificates nor a policy")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'redirect': §{'code': 301}}]}}}", "BK009", "leads back")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'redirect': {'port': 1}, §'fixed': {'status': 200}}]}}}", "BK010", "only one of them")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'forward': §'web'}]}}, " + Www + "}", "BK009", "forwards to 'web'")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'rules': [{'priority': 1, 'path': '/a', 'forward': §'api'}]}]}}, " + Www + ", 'api': {}}", "BK009", "forwards to 'api'")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'rules': [{'priority': 1, 'path': '/a', 'forward': 'www'}, {'priority': §1, 'path': '/b', 'forward': 'www'}]}]}}, " + Www + "}", "BK010", "have the priority 1")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'rules': [{'priority': §50001, 'path': '/a', 'forward': 'www'}]}]}}, " + Www + "}", "BK009", "from 1 to 50000")]
    [TestCase("{'__balancers__': {'b': {'listeners': [{'port': 80, 'protocol': 'HTTP', 'rules': [§{'priority': 1, 'forward': 'www'}]}]}}, " + Www + "}", "BK009", "0 hosts and paths")]
    [TestCase("{'__balancers__': {'b': {'type': 'network', 'listeners': [{'port': 80, 'protocol': 'TCP', 'rules': [§{'priority': 1, 'path': '/a', 'forward': 'www'}]}]}}, " + Www + "}", "BK010", "neither hosts nor paths")]
    [TestCase("{'__balancers__': {'b': {'health_check': {'path': §'heartbeat'}}}}", "BK009", "starts with /")]
    [TestCase("{'__balancers__': {'b': {'health_check': {'codes': §'2xx'}}}}", "BK009", "HTTP codes")]
    [TestCase("{'__balancers__': {'b': {'health_check': {'interval': 10, 'timeout': §10}}}}", "BK010", "every 10 s")]
    [TestCase("{'__balancers__': {'b': {'health_check': {'protocol': §'TCP'}}}}", "BK010", "a network balancer alone")]
    [TestCase("{'__balancers__': {'b': {'deregistration_delay': §3601}}}", "BK009", "from 0 to 3600")]
    [TestCase("{'__balancers__': {'b': {'stickiness': {'type': §'source_ip'}}}}", "BK010", "sticky by source_ip")]
    [TestCase("{'__balancers__': {'b': {'stickiness': §{'type': 'app_cookie'}}}}", "BK009", "does not name it")]
    [TestCase("{'__balancers__': {'b': {'existing': true, §'scheme': 'public'}}}", "BK010", "managed by others")]
    [TestCase("{'__balancers__': {'b': {'existing': true, 'listeners': [{'port': 80, §'protocol': 'HTTP'}]}}}", "BK010", "managed by others")]
    [TestCase("{'__balancers__': {'b': {'targets': {§'wwww': {'port': 8080}}}}, " + Www + "}", "BK009", "does not join it")]
    [TestCase("{'__balancers__': {§'a-balancer-with-quite-a-long-name': {}}}", "BK006", "cannot be the name of a balancer")]
    [TestCase("{'__balancers__': {§'balancer': {}}, 'a-group-with-quite-a-long-name': {'balancer': 'balancer'}}", "BK006", "cannot be the name of a target group")]
    [TestCase("{'__balancers__': {'a': {}, §'a-b': {}}, 'b-c': {'balancer': 'a'}, 'c': {'balancer': 'a-b'}}", "BK010", "as a target group")]

    // Topics.
    [TestCase("{'__topics__': {'t': {'subscriptions': [{'email': §'ops.example.com'}]}}}", "BK009", "an e-mail address")]
    [TestCase("{'__topics__': {'t': {'subscriptions': [{'https': §'http://example.com'}]}}}", "BK009", "https://")]
    [TestCase("{'__topics__': {'t': {'subscriptions': [{'sqs': §'queue'}]}}}", "BK009", "SQS queue")]
    [TestCase("{'__topics__': {'t': {'subscriptions': [§{}]}}}", "BK009", "has none")]
    [TestCase("{'__topics__': {'t': {'name': §'a b'}}}", "BK009", "the name of a topic")]

    // What groups say.
    [TestCase("{'www': {'balancer': §'ww'}, '__balancers__': {'www': {}}}", "BK009", "there is none of that name")]
    [TestCase("{'www': {'region': 'eu-west-1', 'balancer': §'b'}, '__balancers__': {'b': {}}}", "BK010", "is in eu-west-1")]
    [TestCase("{'a': {'after': §'b'}}", "BK009", "no such group")]
    [TestCase("{'a': {'after': §'a'}}", "BK010", "a after a")]
    [TestCase("{'a': {'after': ['b']}, 'b': {'after': ['c']}, 'c': {'after': [§'a']}}", "BK010", "c after a after b after c")]
    [TestCase("{'a': {'alarms': {'x': §{'threshold': 1}}}}", "BK009", "needs the attribute 'metric'")]
    [TestCase("{'a': {'alarms': {'x': §{'metric': 'CPUUtilization'}}}}", "BK009", "needs the attribute 'threshold'")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': §'40'}}}}", "BK008", "a number")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'statistic': §'p101'}}}}", "BK009", "a percentile")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'period': §45}}}}", "BK009", "a multiple of 60")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'periods': 2, 'datapoints': §3}}}}", "BK010", "3 datapoints of 2")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'period': 300, 'periods': §300}}}}", "BK010", "looks back 90000 s")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'comparison': §'=='}}}}", "BK009", "one of >=")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'dimensions': {'d': §'{{flet}}'}}}}}", "BK009", "placeholder 'flet'")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'actions': {'alarm': §'opps'}}}}, '__topics__': {'ops': {}}}", "BK009", "neither a topic nor a policy")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'actions': {'alarm': §'arn:aws:sns:eu-west-1:123456789012:t'}}}}}", "BK010", "its action in eu-west-1")]
    [TestCase("{'a': {'alarms': {'x': {'metric': 'm', 'threshold': 1, 'namespace': §'AWS/ApplicationELB'}}}}", "BK010", "it joins none")]

    // Scaling.
    [TestCase("{'a': {'autoscale': {'policies': {'p': §{}}}}}", "BK009", "needs the attribute 'type'")]
    [TestCase("{'a': {'autoscale': {'policies': {'p': {'type': §'tracking'}}}}}", "BK009", "one of target_tracking")]
    [TestCase("{'a': {'autoscale': {'policies': {'p': {'type': 'target_tracking', 'metric': §'CPU', 'target': 50}}}}}", "BK009", "one of ASGAverageCPUUtilization")]
    [TestCase("{'a': {'autoscale': {'policies': {'p': {'type': 'target_tracking', 'metric': §'ALBRequestCountPerTarget', 'target': 50}}}}}", "BK010", "does not join exactly one")]
    [TestCase("{'a': {'autoscale': {'policies': {'p': {'type': 'step', 'steps': §[]}}}}}", "BK009", "has no step")]
    [TestCase("{'a': {'autoscale': {'policies': {'p': {'type': 'step', 'steps': [{'from': 0, 'to': 10, 'change': 1}, §{'from': 20, 'change': 2}]}}}}}", "BK010", "does not begin where")]
    [TestCase("{'a': {'autoscale': {'policies': {'p': {'type': 'simple', 'change': 1, 'min_change': §1}}}}}", "BK010", "percentages alone")]
    [TestCase("{'a': {'autoscale': {'schedules': {'s': §{'recurrence': '0 8 * * *'}}}}}", "BK009", "changes no size")]
    [TestCase("{'a': {'autoscale': {'schedules': {'s': §{'min': 1}}}}}", "BK009", "does not say when")]
    [TestCase("{'a': {'autoscale': {'schedules': {'s': {'recurrence': §'daily', 'min': 1}}}}}", "BK009", "five fields of cron")]
    [TestCase("{'a': {'autoscale': {'schedules': {'s': {'start': §'tomorrow', 'min': 1}}}}}", "BK009", "a time such as")]
    [TestCase("{'a': {'autoscale': {'warm_pool': {'min': §3, 'max_prepared': 2}}}}", "BK010", "prepares at most 2")]

    // In an environment.
    [TestCase("{'__environments__': {'staging': {'__balancers__': {'b': {'scheme': §'both'}}}}}", "BK009", "one of public, internal")]
    [TestCase("{'__security_groups__': {'a': {}, 'b': {'inbound': [{'port': 1, 'from': §'a'}]}}, '__environments__': {'staging': {'__security_groups__': {'a': null}}}}", "BK009", "security group 'a'")]
    [TestCase("{'db': {}, 'a': {'after': §'db'}, '__environments__': {'staging': {'db': null}}}", "BK009", "no such group in staging")]
    public void Read_WrongValue_IsToldAtItsPlace(string marked, string code, string message) =>
        ReadManifest.AssertTold(marked, code, message);

    [Test]
    public void Read_SeveralWrongValues_AreAllTold()
    {
        var read = new ReadManifest(
            "{'__security_groups__': {'a': {'inbound': [{'port': 99999, 'from': 'nobody'}]}},"
            + "'__topics__': {'t': {'subscriptions': [{'email': 'x'}]}},"
            + "'www': {'balancer': 'none', 'after': 'nothing', 'autoscale': {'schedules': {'s': {}}}}}");
        Assert.That(read.Errors.Count(), Is.EqualTo(8), string.Join('\n', read.Diagnostics));
    }

    [Test]
    public void Read_EverythingRight_IsNotComplainedOf()
    {
        var read = new ReadManifest(Manifests.Whole);
        Assert.That(read.Diagnostics, Is.Empty, string.Join('\n', read.Diagnostics));
    }
}
