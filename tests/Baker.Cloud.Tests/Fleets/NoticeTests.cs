using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>A maintenance notice comes, and goes without a trace, wherever the run that puts it on or takes it away is killed.</summary>
public sealed class NoticeTests
{
    private static readonly string[] s_on = ["journal", "keep", "notice"];
    private static readonly string[] s_off = ["journal", "restore", "release", "close"];
    private FleetStage _stage = null!;
    private string _listener = "";

    [SetUp]
    public async Task OpenAsync()
    {
        _stage = await LocalStage.OpenAsync();
        await _stage.RunAsync();
        var balancer = (await _stage.Clients.ELBv2.DescribeLoadBalancersAsync(new DescribeLoadBalancersRequest())).LoadBalancers[0];
        _listener = (await _stage.Clients.ELBv2.DescribeListenersAsync(new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn })).Listeners[0].ListenerArn;
        var other = await _stage.Clients.ELBv2.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "other", Protocol = ProtocolEnum.HTTP, Port = 80, VpcId = balancer.VpcId });
        var weighted = new ForwardActionConfig
        {
            TargetGroups =
            [
                new TargetGroupTuple { TargetGroupArn = _stage.TargetGroup, Weight = 7 },
                new TargetGroupTuple { TargetGroupArn = other.TargetGroups[0].TargetGroupArn, Weight = 3 },
            ],
            TargetGroupStickinessConfig = new TargetGroupStickinessConfig { Enabled = true, DurationSeconds = 77 },
        };
        await RuleAsync(10, "/weighted/*", new Action { Type = ActionTypeEnum.Forward, ForwardConfig = weighted });
        await RuleAsync(20, "/plain/*", new Action { Type = ActionTypeEnum.Forward, TargetGroupArn = _stage.TargetGroup });
        await RuleAsync(50000, "/others/*", new Action { Type = ActionTypeEnum.Forward, TargetGroupArn = other.TargetGroups[0].TargetGroupArn });
    }

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task OnThenOff_RulesOfEveryKind_AnswerMeanwhileAndAreExactlyAsTheyWere()
    {
        var before = await RulesAsync();

        await RunAsync(Page("down\n"));
        var during = await ReadAsync();
        await RunAsync(Page("still down\n"));
        var again = await ReadAsync();
        var notice = await Store().ReadAsync(FleetStage.Group, CancellationToken.None);
        await RunAsync(null);

        Assert.That(Answers(during), Is.EqualTo(new[] { "10 down\n", "20 down\n", "default down\n" }));
        Assert.That(Answers(again), Is.EqualTo(new[] { "10 still down\n", "20 still down\n", "default still down\n" }));
        Assert.That(again.Select(rule => rule.Priority), Is.EquivalentTo(new[] { "10", "20", "49998", "49999", "50000", "default" }));
        Assert.That((notice!.Owner, notice.Places.Length), Is.EqualTo(("ann@desk", 3)));
        Assert.That(await RulesAsync(), Is.EqualTo(before));
        Assert.That(await Store().ReadAsync(FleetStage.Group, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task On_TargetsMeanwhile_StayChecked()
    {
        await RunAsync(Page("down\n"));

        var health = await _stage.Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = _stage.TargetGroup });

        Assert.That(health.TargetHealthDescriptions.Select(target => target.TargetHealth.State.Value), Is.EqualTo(new[] { "healthy", "healthy" }));
    }

    [Test]
    public async Task Warn_NoticeIsOn_SaysSinceWhenAndByWhom()
    {
        await Store().WarnAsync(FleetStage.Group, CancellationToken.None);
        var silent = _stage.Said.Count(line => line.StartsWith("WARNING", StringComparison.Ordinal));
        await RunAsync(Page("down\n"));

        await Store().WarnAsync(FleetStage.Group, CancellationToken.None);

        Assert.That(silent, Is.Zero);
        Assert.That(_stage.Said[^1], Does.Match(@"^WARNING www: a maintenance notice is on since \d{4}-.*Z, by ann@desk; maintenance:off www takes it away$"));
    }

    [Test]
    public async Task Warn_ARelease_IsSaidToTakeItAway()
    {
        await RunAsync(Page("down\n"));
        var journal = new FleetJournal { Group = FleetStage.Group, Run = "r", Action = FleetAction.Update, Owner = "o", Old = "www-v001", New = "www-v002", Capacity = new Capacity(1, 1, 1) };
        await new JournalStore(_stage.Context()).WriteAsync(journal, CancellationToken.None);

        await Store().WarnAsync(FleetStage.Group, CancellationToken.None);

        Assert.That(_stage.Said[^1], Does.EndWith("by ann@desk; it goes with the change that is under way"));
    }

    [Test]
    public async Task Killed_AtEachStep_GoesOnOrBack([Values] bool comes, [Values] bool goesBack, [Values(0, 1)] int changes)
    {
        var before = await RulesAsync();
        foreach (var step in comes ? s_on : s_off)
        {
            if (!comes)
            {
                await RunAsync(Page("down\n"));
            }

            await DieAsync(comes ? Page("down\n") : null, step, changes);
            var ends = comes == goesBack;
            await RunAsync(ends ? null : Page("down\n"));

            if (!ends)
            {
                Assert.That(Answers(await ReadAsync()), Is.EqualTo(new[] { "10 down\n", "20 down\n", "default down\n" }), step);
                await RunAsync(null);
            }

            Assert.That(await RulesAsync(), Is.EqualTo(before), step);
            Assert.That(await Store().ReadAsync(FleetStage.Group, CancellationToken.None), Is.Null, step);
        }
    }

    private static string Page(string text) => NoticeAnswer.Page(text, "down.txt", status: null);

    private static string[] Answers(IEnumerable<Rule> rules) =>
        [.. rules.Where(rule => rule.Actions[0].FixedResponseConfig is not null).Select(rule => $"{rule.Priority} {rule.Actions[0].FixedResponseConfig.MessageBody}").Order(StringComparer.Ordinal)];

    private NoticeStore Store() => new(_stage.Context());

    private async Task RunAsync(string? answer) =>
        (await new ChangeEngine(new StepWatcher(), TimeProvider.System).RunAsync(
            new NoticeOperation(_stage.Context(), FleetStage.Group, "r", answer, breakLock: false),
            CancellationToken.None)).ThrowIfFailed();

    /// <summary>A run whose process ends at a step: before its first change, or after it.</summary>
    private async Task DieAsync(string? answer, string step, int changes)
    {
        using var cut = new CutHandler(_stage.Handler);
        using var clients = _stage.ClientsThrough(cut);
        var context = _stage.Context(clients: clients) with { Operator = FleetStage.DeadOperator };
        var watcher = new StepWatcher(each =>
        {
            if (each.Key == step)
            {
                cut.Arm(changes);
            }
        });
        await new ChangeEngine(watcher, TimeProvider.System).RunAsync(new NoticeOperation(context, FleetStage.Group, "r", answer, breakLock: false), cut.Dead);
    }

    private async Task RuleAsync(int priority, string path, Action action) => await _stage.Clients.ELBv2.CreateRuleAsync(new CreateRuleRequest
    {
        ListenerArn = _listener,
        Priority = priority,
        Conditions = [new RuleCondition { Field = "path-pattern", Values = [path] }],
        Actions = [action],
    });

    private async Task<List<Rule>> ReadAsync() => (await _stage.Clients.ELBv2.DescribeRulesAsync(new DescribeRulesRequest { ListenerArn = _listener })).Rules;

    private async Task<string> RulesAsync() => JsonConvert.SerializeObject(await ReadAsync(), Formatting.Indented);
}
