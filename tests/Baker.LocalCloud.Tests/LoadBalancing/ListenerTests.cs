using System.Net;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Microsoft.AspNetCore.Http;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>What the listeners of an application load balancer do with requests that really come.</summary>
internal sealed class ListenerTests
{
    [Test]
    public async Task Forward_ToTwoGroupsByWeight_SplitsTheRequests()
    {
        await using var front = await Front.OpenAsync();
        var (blue, green) = (await front.GroupAsync("blue"), await front.GroupAsync("green"));
        var (_, address) = await front.ListenAsync(8080, "HTTP", Front.To((blue, 30), (green, 10)));
        using var client = new HttpClient();

        var answers = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            answers.Add(await client.GetStringAsync(address));
        }

        Assert.That((answers.Count(each => each == "blue"), answers.Count(each => each == "green")), Is.EqualTo((30, 10)));
    }

    [Test]
    public async Task Forward_ThatKeepsClientsWithAGroup_SetsAwsalbtg_AndHeedsIt()
    {
        await using var front = await Front.OpenAsync();
        var action = Front.To((await front.GroupAsync("blue"), 1), (await front.GroupAsync("green"), 1));
        action.ForwardConfig.TargetGroupStickinessConfig = new() { Enabled = true, DurationSeconds = 60 };
        var (_, address) = await front.ListenAsync(8080, "HTTP", action);

        var (cookies, answers) = await AskAsync(address, 6);

        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
        Assert.That(cookies.GetAllCookies().Select(each => each.Name), Is.EquivalentTo(new[] { "AWSALBTG", "AWSALBTGCORS" }));
        Assert.That((await AskAsync(address, 1)).Answers.Concat((await AskAsync(address, 1)).Answers).Distinct().Count(), Is.EqualTo(2), "others are not kept");
    }

    [TestCase("target_group_health.dns_failover.minimum_healthy_targets.count", "half")]
    [TestCase("target_group_health.dns_failover.minimum_healthy_targets.percentage", "101")]
    [TestCase("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "off")]
    [TestCase("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "0")]
    public async Task Group_WhoseHealthCannotBeThat_IsAValidationError(string key, string value)
    {
        await using var front = await Front.OpenAsync();
        var group = await front.GroupAsync("web", "HTTP");

        Task SetAsync(string text) => front.Cloud.Balancing.ModifyTargetGroupAttributesAsync(new() { TargetGroupArn = group, Attributes = [new() { Key = key, Value = text }] });
        var refused = (await Assert.ThrowsAsync<AmazonElasticLoadBalancingV2Exception>(() => SetAsync(value)))!;

        Assert.That(refused.ErrorCode, Is.EqualTo("ValidationError"));
        await SetAsync("1");
    }

    [Test]
    public async Task Group_ThatKeepsClientsWithATarget_SetsAwsalb_AndHeedsIt()
    {
        await using var front = await Front.OpenAsync();
        await using var one = new Stage().To(context => context.Response.WriteAsync("one"));
        await using var two = new Stage().To(context => context.Response.WriteAsync("two"));
        var group = await front.GroupAsync("web", "HTTP", one.Only, two.Only);
        await front.Cloud.Balancing.ModifyTargetGroupAttributesAsync(new()
        {
            TargetGroupArn = group,
            Attributes = [new() { Key = "stickiness.enabled", Value = "true" }, new() { Key = "stickiness.type", Value = "lb_cookie" }],
        });
        var (_, address) = await front.ListenAsync(8080, "HTTP", Front.To((group, 1)));

        var (cookies, answers) = await AskAsync(address, 6);

        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
        Assert.That(cookies.GetAllCookies().Select(each => each.Name), Is.EquivalentTo(new[] { "AWSALB", "AWSALBCORS" }));
        Assert.That(cookies.GetAllCookies().First(each => each.Name == "AWSALB").Expires, Is.GreaterThan(TimeProvider.System.GetLocalNow().DateTime.AddHours(23)));
    }

    [Test]
    public async Task Group_WhoseTargetLeaves_SendsTheKeptClientToAnother()
    {
        await using var front = await Front.OpenAsync();
        await using var one = new Stage().To(context => context.Response.WriteAsync($"{context.Connection.LocalPort}"));
        await using var two = new Stage().To(context => context.Response.WriteAsync($"{context.Connection.LocalPort}"));
        var group = await front.GroupAsync("web", "HTTP", one.Only, two.Only);
        await front.Cloud.Balancing.ModifyTargetGroupAttributesAsync(new() { TargetGroupArn = group, Attributes = [new() { Key = "stickiness.enabled", Value = "true" }] });
        var (_, address) = await front.ListenAsync(8080, "HTTP", Front.To((group, 1)));
        var (cookies, answers) = await AskAsync(address, 2);

        await front.Cloud.Balancing.DeregisterTargetsAsync(new() { TargetGroupArn = group, Targets = [new() { Id = "127.0.0.1", Port = int.Parse(answers[0]) }] });
        var later = (await AskAsync(address, 2, cookies)).Answers;

        Assert.That((answers[1], later[1], later[0]), Is.EqualTo((answers[0], later[0], $"{(answers[0] == $"{one.Only.Port}" ? two : one).Only.Port}")));
    }

    [Test]
    public async Task Group_ThatFollowsTheApplicationsCookie_KeepsAClientOnceThatIsSet()
    {
        await using var front = await Front.OpenAsync();
        Task Answer(HttpContext context, string word)
        {
            if (context.Request.Path == "/login")
            {
                context.Response.Cookies.Append("SESSION", "1");
            }

            return context.Response.WriteAsync(word);
        }

        await using var one = new Stage().To(context => Answer(context, "one"));
        await using var two = new Stage().To(context => Answer(context, "two"));
        var group = await front.GroupAsync("web", "HTTP", one.Only, two.Only);
        await front.Cloud.Balancing.ModifyTargetGroupAttributesAsync(new()
        {
            TargetGroupArn = group,
            Attributes =
            [
                new() { Key = "stickiness.enabled", Value = "true" }, new() { Key = "stickiness.type", Value = "app_cookie" },
                new() { Key = "stickiness.app_cookie.cookie_name", Value = "SESSION" },
            ],
        });
        var (_, address) = await front.ListenAsync(8080, "HTTP", Front.To((group, 1)));

        var (cookies, before) = await AskAsync(address, 2);
        await AskAsync(address + "login", 1, cookies);
        var (_, after) = await AskAsync(address, 5, cookies);

        Assert.That((before.Distinct().Count(), after.Distinct().Count()), Is.EqualTo((2, 1)));
        Assert.That(cookies.GetAllCookies().Select(each => each.Name), Is.EquivalentTo(new[] { "SESSION", "AWSALBAPP-0" }));
    }

    [Test]
    public async Task Rules_RedirectAnswerAndForward_ByPathHeaderMethodQueryAndAddress()
    {
        await using var front = await Front.OpenAsync();
        var group = await front.GroupAsync("web");
        var (listener, address) = await front.ListenAsync(8080, "HTTP", Front.To((group, 1)));
        static Action Say(string text, string status = "200") => new()
        {
            Type = ActionTypeEnum.FixedResponse,
            FixedResponseConfig = new() { StatusCode = status, ContentType = "application/json", MessageBody = text },
        };
        await front.RuleAsync(listener, 1, new() { Field = "path-pattern", Values = ["/old/*"] }, new()
        {
            Type = ActionTypeEnum.Redirect,
            RedirectConfig = new() { Protocol = "HTTPS", Port = "443", Path = "/new/#{path}", StatusCode = RedirectActionStatusCodeEnum.HTTP_301 },
        });
        await front.RuleAsync(listener, 2, new() { Field = "http-header", HttpHeaderConfig = new() { HttpHeaderName = "X-Say", Values = ["HEADER*"] } }, Say("{\"by\":\"header\"}", "503"));
        await front.RuleAsync(listener, 3, new() { Field = "http-request-method", HttpRequestMethodConfig = new() { Values = ["DELETE"] } }, Say("method"));
        await front.RuleAsync(listener, 4, new() { Field = "query-string", QueryStringConfig = new() { Values = [new() { Key = "say", Value = "q*" }] } }, Say("query"));
        await front.RuleAsync(listener, 5, new() { Field = "host-header", HostHeaderConfig = new() { Values = ["*.Example.com"] } }, Say("host"));
        await front.RuleAsync(listener, 6, new() { Field = "source-ip", SourceIpConfig = new() { Values = ["10.0.0.0/8"] } }, Say("elsewhere"));
        await front.RuleAsync(listener, 7, new() { Field = "path-pattern", PathPatternConfig = new() { RegexValues = ["^/r[0-9]+$"] } }, Say("regex"));
        await front.RuleAsync(listener, 9, new() { Field = "source-ip", SourceIpConfig = new() { Values = ["127.0.0.0/8"] } }, Say("here"));
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });

        async Task<string> Ask(string path, string method = "GET", string? header = null, string? host = null)
        {
            using var request = new HttpRequestMessage(new(method), address.TrimEnd('/') + path);
            request.Headers.Host = host;
            if (header is not null)
            {
                request.Headers.Add("x-say", header);
            }

            using var answer = await client.SendAsync(request);
            return $"{(int)answer.StatusCode} {answer.Headers.Location?.OriginalString ?? await answer.Content.ReadAsStringAsync()}";
        }

        await Wait.UntilAsync(async () => await Ask("/") == "200 here", "the last rule");
        Assert.That(await Ask("/old/a%20b?c=d"), Is.EqualTo($"301 https://{front.Balancer.DNSName}:443/new/old/a%20b?c=d").Or.EqualTo("301 https://127.0.0.1:443/new/old/a%20b?c=d"));
        Assert.That(await Ask("/", header: "header-1"), Is.EqualTo("503 {\"by\":\"header\"}"));
        Assert.That(await Ask("/", method: "DELETE"), Is.EqualTo("200 method"));
        Assert.That(await Ask("/?a=b&SAY=quick"), Is.EqualTo("200 query"));
        Assert.That(await Ask("/", host: "WWW.example.com"), Is.EqualTo("200 host"));
        Assert.That(await Ask("/r12"), Is.EqualTo("200 regex"));
        Assert.That(await Ask("/r12x"), Is.EqualTo("200 here"));
        var rules = (await front.Cloud.Balancing.DescribeRulesAsync(new() { ListenerArn = listener })).Rules;
        await front.Cloud.Balancing.SetRulePrioritiesAsync(new() { RulePriorities = [new() { RuleArn = rules.Single(each => each.Priority == "9").RuleArn, Priority = 1000 }] });
        await front.Cloud.Balancing.DeleteRuleAsync(new() { RuleArn = rules.Single(each => each.Priority == "7").RuleArn });
        await Wait.UntilAsync(async () => await Ask("/r12") == "200 here", "the rule to be gone");
    }

    private static IEnumerable<TestCaseData> Refusals()
    {
        static TestCaseData Case(string name, string code, Func<Front, string, Task> act) => new TestCaseData(code, act).SetArgDisplayNames(name);
        static Action Fixed(string status) => new() { Type = ActionTypeEnum.FixedResponse, FixedResponseConfig = new() { StatusCode = status } };
        static Task Listen(Front front, Action action, int port = 81, string protocol = "HTTP", string? certificate = null, string? policy = null) => front.Cloud.Balancing.CreateListenerAsync(new()
        {
            LoadBalancerArn = front.Balancer.LoadBalancerArn,
            Port = port,
            Protocol = protocol,
            SslPolicy = policy,
            Certificates = certificate is null ? null : [new() { CertificateArn = certificate }],
            DefaultActions = [action],
        });
        static Task Rule(Front front, string listener, RuleCondition condition, int priority = 5) =>
            front.Cloud.Balancing.CreateRuleAsync(new() { ListenerArn = listener, Priority = priority, Conditions = [condition], Actions = [Fixed("200")] });
        static Task Group(Front front, System.Action<CreateTargetGroupRequest> more)
        {
            var request = new CreateTargetGroupRequest { Name = "more", Protocol = "HTTP", Port = 80 };
            more(request);
            return front.Cloud.Balancing.CreateTargetGroupAsync(request);
        }

        yield return Case("a port twice", "DuplicateListener", (front, _) => Listen(front, Fixed("200"), port: 80));
        yield return Case("a port that is none", "ValidationError", (front, _) => Listen(front, Fixed("200"), port: 70000));
        yield return Case("TCP on an application load balancer", "ValidationError", (front, _) => Listen(front, Fixed("200"), protocol: "TCP"));
        yield return Case("HTTPS without a certificate", "ValidationError", (front, _) => Listen(front, Fixed("200"), protocol: "HTTPS"));
        yield return Case("a certificate that is not there", "CertificateNotFound", (front, _) => Listen(front, Fixed("200"), protocol: "HTTPS", certificate: "arn:aws:acm:us-east-1:000000000000:certificate/none"));
        yield return Case("a policy that is not there", "SSLPolicyNotFound", async (front, _) => await Listen(front, Fixed("200"), protocol: "HTTPS", certificate: await front.CertificateAsync(null, "a.test"), policy: "Mine"));
        yield return Case("a certificate on HTTP", "ValidationError", async (front, _) => await Listen(front, Fixed("200"), certificate: await front.CertificateAsync(null, "a.test")));
        yield return Case("a group that is not there", "TargetGroupNotFound", (front, _) => Listen(front, Front.To(("arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/none/0", 1))));
        yield return Case("a TCP group", "IncompatibleProtocols", async (front, _) => await Listen(front, Front.To((await front.GroupAsync("tcp", "TCP"), 1))));
        yield return Case("a weight of 1000", "ValidationError", async (front, _) => await Listen(front, Front.To((await front.GroupAsync("g", "HTTP"), 1000))));
        yield return Case("a redirect to itself", "InvalidLoadBalancerAction", (front, _) => Listen(front, new() { Type = ActionTypeEnum.Redirect, RedirectConfig = new() { StatusCode = RedirectActionStatusCodeEnum.HTTP_302 } }));
        yield return Case("a fixed 301", "ValidationError", (front, _) => Listen(front, Fixed("301")));
        yield return Case("authentication", "InvalidLoadBalancerAction", (front, _) => Listen(front, new() { Type = ActionTypeEnum.AuthenticateOidc }));
        yield return Case("a priority twice", "PriorityInUse", (front, listener) => Rule(front, listener, new() { Field = "path-pattern", Values = ["/b"] }, priority: 7));
        yield return Case("a priority of 0", "ValidationError", (front, listener) => Rule(front, listener, new() { Field = "path-pattern", Values = ["/b"] }, priority: 0));
        yield return Case("a condition that is none", "ValidationError", (front, listener) => Rule(front, listener, new() { Field = "colour", Values = ["red"] }));
        yield return Case("six values", "ValidationError", (front, listener) => Rule(front, listener, new() { Field = "path-pattern", Values = ["/1", "/2", "/3", "/4", "/5", "/6"] }));
        yield return Case("an address that is no range", "ValidationError", (front, listener) => Rule(front, listener, new() { Field = "source-ip", SourceIpConfig = new() { Values = ["here"] } }));
        yield return Case("the default rule deleted", "OperationNotPermitted", async (front, listener) => await front.Cloud.Balancing.DeleteRuleAsync(new() { RuleArn = (await front.Cloud.Balancing.DescribeRulesAsync(new() { ListenerArn = listener })).Rules.Single(each => each.IsDefault == true).RuleArn }));
        yield return Case("an attribute that is none", "ValidationError", (front, _) => front.Cloud.Balancing.ModifyLoadBalancerAttributesAsync(new() { LoadBalancerArn = front.Balancer.LoadBalancerArn, Attributes = [new() { Key = "colour", Value = "red" }] }));
        yield return Case("an idle timeout of 5000", "ValidationError", (front, _) => front.Cloud.Balancing.ModifyLoadBalancerAttributesAsync(new() { LoadBalancerArn = front.Balancer.LoadBalancerArn, Attributes = [new() { Key = "idle_timeout.timeout_seconds", Value = "5000" }] }));
        yield return Case("a security group that is not there", "InvalidSecurityGroup", (front, _) => front.Cloud.Balancing.SetSecurityGroupsAsync(new() { LoadBalancerArn = front.Balancer.LoadBalancerArn, SecurityGroups = ["sg-none"] }));
        yield return Case("one subnet", "ValidationError", (front, _) => front.Cloud.Balancing.SetSubnetsAsync(new() { LoadBalancerArn = front.Balancer.LoadBalancerArn, Subnets = [front.Balancer.AvailabilityZones[0].SubnetId] }));
        yield return Case("a matcher of 600", "ValidationError", (front, _) => Group(front, each => each.Matcher = new() { HttpCode = "200,600" }));
        yield return Case("a path without its slash", "ValidationError", (front, _) => Group(front, each => each.HealthCheckPath = "health"));
        yield return Case("a group for functions", "ValidationError", (front, _) => Group(front, each => each.TargetType = TargetTypeEnum.Lambda));
        yield return Case("a group of another VPC", "ValidationError", (front, _) => Group(front, each => each.VpcId = "vpc-none"));
    }

    [TestCaseSource(nameof(Refusals))]
    public async Task Request_ThatAwsRefuses_IsRefusedWithItsCode(string code, Func<Front, string, Task> act)
    {
        await using var front = await Front.OpenAsync();
        var (listener, _) = await front.ListenAsync(80, "HTTP", new() { Type = ActionTypeEnum.FixedResponse, FixedResponseConfig = new() { StatusCode = "404" } });
        await front.RuleAsync(listener, 7, new() { Field = "path-pattern", Values = ["/a"] }, new() { Type = ActionTypeEnum.FixedResponse, FixedResponseConfig = new() { StatusCode = "200" } });

        Assert.That(await Errors.CodeOfAsync(() => act(front, listener)), Is.EqualTo(code));
    }

    private static async Task<(CookieContainer Cookies, List<string> Answers)> AskAsync(string address, int times, CookieContainer? cookies = null)
    {
        cookies ??= new CookieContainer();
        using var client = new HttpClient(new HttpClientHandler { CookieContainer = cookies });
        var answers = new List<string>();
        for (var i = 0; i < times; i++)
        {
            answers.Add(await client.GetStringAsync(address));
        }

        return (cookies, answers);
    }
}
