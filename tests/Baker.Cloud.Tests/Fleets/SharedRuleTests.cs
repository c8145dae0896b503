using System.Collections.Immutable;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>Two groups that one rule leads to: what the one has done to the rule is never taken by the other for what the rule did.</summary>
public sealed class SharedRuleTests
{
    private static readonly GroupName s_api = GroupName.Parse("api");
    private static readonly UpdateOptions s_canary = new(false, TimeSpan.Zero, null, [])
    {
        Canary = CanarySettings.Of(JObject.Parse("""{"steps": ["5% 1h", "100%"], "checks": [{"metric": "healthy_hosts", "min": 1}]}""")),
    };

    private FleetStage _stage = null!;
    private string _listener = "";
    private string _apis = "";

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        var balancer = (await _stage.Clients.ELBv2.DescribeLoadBalancersAsync(new DescribeLoadBalancersRequest())).LoadBalancers[0];
        _listener = (await _stage.Clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners[0].ListenerArn;
        _apis = (await _stage.Clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "api", Protocol = ProtocolEnum.HTTP, Port = 80, VpcId = balancer.VpcId }))
            .TargetGroups[0].TargetGroupArn;
        await RuleAsync(10, "/both/*", [_stage.TargetGroup, _apis]);
        await RuleAsync(20, "/api/*", [_apis]);
        var (context, target) = (_stage.Context(), Target(s_api));
        var run = new FleetOperation(context, target, "first", FleetAction.Run, breakLock: false, whileWarm: true, stop =>
            new FleetService(context).PlanRunAsync(target, "first", new FleetImage(_stage.Image1, "one"), target.Settings.Capacity, stop));
        (await new ChangeEngine(new StepWatcher(), context.Time).RunAsync(run, CancellationToken.None)).ThrowIfFailed();
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Canary_OfTheOneIsUnderWay_NoticesCanariesAndReleasesOfTheOtherAreRefused()
    {
        var before = await RulesAsync();
        await LeaveCanaryAsync();
        var weighted = await RulesAsync();

        var errors = new List<BakerException>
        {
            (await Assert.ThrowsAsync<BakerException>(() => NoticeAsync(s_api, Page)))!,
            (await Assert.ThrowsAsync<BakerException>(() => PlanCanaryAsync(s_api)))!,
            (await Assert.ThrowsAsync<BakerException>(() => ReleaseAsync(s_api)))!,
        };
        var after = await RulesAsync();
        await _stage.RollbackAsync();
        var back = await RulesAsync();
        await NoticeAsync(s_api, Page);
        await NoticeAsync(s_api, null);

        Assert.That(errors.Select(error => error.Code), Is.All.EqualTo(ExitCode.CloudFailed));
        Assert.That(errors.Select(error => error.Message), Has.All.Match("^Rule 10 of www:[0-9]+ leads to api and has the weights of a canary of www, by the target group www-new-[0-9a-f]{8}\\.$"));
        Assert.That(errors[0].Remedy, Is.EqualTo("Finish that first with autoscale:update www, or take it back with autoscale:rollback www."));
        Assert.That(weighted, Is.Not.EqualTo(before));
        Assert.That(after, Is.EqualTo(weighted), "nothing was changed");
        Assert.That(back, Is.EqualTo(before));
        Assert.That(await RulesAsync(), Is.EqualTo(before));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Notice_OfTheOneIsOn_CanariesNoticesAndReleasesOfTheOtherAreRefused(bool answersByTheOther)
    {
        await RemoveRuleAsync(answersByTheOther ? "10" : "50"); // then the notice alone joins the two
        var before = await RulesAsync();
        await NoticeAsync(s_api, answersByTheOther ? NoticeAnswer.TargetGroup(_stage.TargetGroup) : Page);
        var during = await RulesAsync();

        var errors = new List<BakerException>
        {
            (await Assert.ThrowsAsync<BakerException>(() => PlanCanaryAsync(FleetStage.Group)))!,
            (await Assert.ThrowsAsync<BakerException>(() => NoticeAsync(FleetStage.Group, Page)))!,
            (await Assert.ThrowsAsync<BakerException>(() => ReleaseAsync(FleetStage.Group)))!,
        };
        var after = await RulesAsync();
        await NoticeAsync(s_api, Page); // its own may be said again
        await NoticeAsync(s_api, null);
        var back = await RulesAsync();
        await NoticeAsync(FleetStage.Group, Page);
        await NoticeAsync(FleetStage.Group, null);

        Assert.That(errors.Select(error => error.Code), Is.All.EqualTo(ExitCode.CloudFailed));
        Assert.That(errors.Select(error => error.Message), Has.All.Match("^A notice is on before api, at a rule of www:[0-9]+ that www is behind too\\.$"));
        Assert.That(errors[0].Remedy, Does.StartWith("Take it away first: ").And.EndsWith("maintenance:off api"));
        Assert.That(after, Is.EqualTo(during), "nothing was changed");
        Assert.That(back, Is.EqualTo(before));
        Assert.That(await RulesAsync(), Is.EqualTo(before));
        Assert.That(await _stage.LeftAsync(), Is.Empty);
    }

    [Test]
    public async Task Notices_OfBothAtOnce_AreRefusedBeforeTheFirst()
    {
        var before = await RulesAsync();
        NoticeOperation[] both = [Notice(FleetStage.Group, Page), Notice(s_api, Page)];

        var error = (await Assert.ThrowsAsync<BakerException>(() => NoticeOperation.CheckTogetherAsync(both, CancellationToken.None)))!;

        Assert.That(error.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(error.Message, Does.Match("^Rule 10 of www:[0-9]+ leads to www and to api: it can have the notice of one of them only\\.$"));
        Assert.That(await RulesAsync(), Is.EqualTo(before));
        await RemoveRuleAsync("10");
        await NoticeOperation.CheckTogetherAsync(both, CancellationToken.None);
    }

    [Test]
    public async Task TargetGroup_OfAnotherThatIsCalledLikeAMirror_IsNoCanary()
    {
        var vpc = (await _stage.Clients.ELBv2.DescribeLoadBalancersAsync(new DescribeLoadBalancersRequest())).LoadBalancers[0].VpcId;
        var theirs = (await _stage.Clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "theirs-new-0123abcd", Protocol = ProtocolEnum.HTTP, Port = 80, VpcId = vpc }))
            .TargetGroups[0].TargetGroupArn;
        await RuleAsync(30, "/theirs/*", [_apis, theirs]);
        var before = await RulesAsync();

        await NoticeAsync(s_api, Page);
        await NoticeAsync(s_api, null);

        Assert.That(await RulesAsync(), Is.EqualTo(before));
    }

    [TestCase("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/www-new-0123abcd/1", true)]
    [TestCase("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a-b-new-0123abcd/1", true)]
    [TestCase("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/new-0123abcd/1", false)]
    [TestCase("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/www-new-0123ABCD/1", false)]
    [TestCase("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/www-new-0123abc/1", false)]
    [TestCase("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/www/0123abcd", false)]
    public void IsMirror_OfAName_SaysWhetherBakerWouldCallOneSo(string arn, bool isOne)
    {
        Assert.That(FleetNames.IsMirror(arn), Is.EqualTo(isOne));
        Assert.That(FleetNames.IsMirror($"arn:a:b:c:d:targetgroup/{FleetNames.Mirror("www-v002", arn)}/1"));
    }

    private static string Page => NoticeAnswer.Page("down\n", "down.txt", status: null);

    private static FleetTarget Target(GroupName group)
    {
        var target = FleetStage.Target($$"""{"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["{{group}}"]}""");
        return target with { Group = target.Group with { Name = group } };
    }

    /// <summary>A canary of www that its run has left with a share of the requests.</summary>
    private async Task LeaveCanaryAsync()
    {
        using var stop = new CancellationTokenSource();
        await Assert.CatchAsync<OperationCanceledException>(() => _stage.UpdateAsync(
            s_canary,
            onStep: step =>
            {
                if (step is FleetStep.Watch)
                {
                    stop.Cancel();
                }
            },
            stop: stop.Token));
    }

    private async Task PlanCanaryAsync(GroupName group) =>
        await new FleetService(_stage.Context()).PlanUpdateAsync(Target(group), _stage.NewRun(), new FleetImage(_stage.Image2, "two"), s_canary, CancellationToken.None);

    private NoticeOperation Notice(GroupName group, string? answer) => new(_stage.Context(), group, _stage.NewRun(), answer, breakLock: false);

    private async Task NoticeAsync(GroupName group, string? answer) =>
        (await new ChangeEngine(new StepWatcher(), TimeProvider.System).RunAsync(Notice(group, answer), CancellationToken.None)).ThrowIfFailed();

    private async Task ReleaseAsync(GroupName group)
    {
        var context = _stage.Context();
        var release = new ReleaseOperation(
            context,
            [Target(group)],
            _stage.NewRun(),
            goesBack: false,
            breakLock: false,
            whileWarm: true,
            new ReleaseOptions(Page, null, null, null, null, []),
            (_, _) => Task.FromResult(new FleetImage(_stage.Image2, "two")));
        (await new ChangeEngine(new StepWatcher(), context.Time).RunAsync(release, CancellationToken.None)).ThrowIfFailed();
    }

    private async Task RuleAsync(int priority, string path, ImmutableArray<string> targetGroups) => await _stage.Clients.ELBv2.CreateRuleAsync(new CreateRuleRequest
    {
        ListenerArn = _listener,
        Priority = priority,
        Conditions = [new RuleCondition { Field = "path-pattern", PathPatternConfig = new PathPatternConditionConfig { Values = [path] } }],
        Actions =
        [
            new Action
            {
                Type = ActionTypeEnum.Forward,
                ForwardConfig = new ForwardActionConfig { TargetGroups = [.. targetGroups.Select(arn => new TargetGroupTuple { TargetGroupArn = arn, Weight = 1 })] },
            },
        ],
    });

    private async Task RemoveRuleAsync(string priority)
    {
        if ((await ReadAsync()).Find(rule => rule.Priority == priority) is { } rule)
        {
            await _stage.Clients.ELBv2.DeleteRuleAsync(new DeleteRuleRequest { RuleArn = rule.RuleArn });
        }
    }

    private async Task<List<Rule>> ReadAsync() => (await _stage.Clients.ELBv2.DescribeRulesAsync(new DescribeRulesRequest { ListenerArn = _listener })).Rules;

    private async Task<string> RulesAsync() => JsonConvert.SerializeObject(await ReadAsync());
}
