using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Planning;

/// <summary>The steps of a canary, its weights and what its checks say.</summary>
internal sealed class CanaryTests
{
    private const string Settings = """
        {"steps": ["5% 10m", "25% 90s", "100%"], "quiet": "stop", "checks": [
            {"metric": "5xx", "max": 1, "worse_by": 0.5, "min_requests": 50}, {"metric": "latency", "percentile": "p99", "worse_by": 100}, {"metric": "healthy_hosts", "min": 2},
            {"metric": "Failures", "namespace": "Acme", "dimensions": {"Fleet": "{{fleet}}"}, "statistic": "Sum", "max": 5},
            {"http": "http://{{address}}:8080/", "status": 204}, {"script": "judge.sh"}]}
        """;

    [Test]
    public void Steps_WithWeights_PutTheNewGroupInItsOwnTargetGroupsBeforeTheListenersAreAsTheyWere() => Assert.That(Keys(Journal(weights: true)), Is.EqualTo(new[]
    {
        "open", "template", "mirror", "create", "pin", "launch", "healthy", "scaling", "lead-1", "canary-1", "lead-2", "canary-2", "lead-3", "attach", "healthy-attached",
        "hold", "match", "detach", "drained", "weights", "unmirror", "unpin", "warm", "empty", "delete", "delete-template", "close",
    }));

    [Test]
    public void Steps_BySize_GrowTheNewGroupWithItsShare()
    {
        var journal = Journal(weights: false) with { Capacity = new Capacity(2, 40, 20) };
        Assert.That(Keys(journal), Is.EqualTo(new[]
        {
            "open", "template", "create", "pin", "launch-1", "healthy-1", "canary-1", "launch-2", "healthy-2", "canary-2", "launch-3", "healthy-3", "scaling",
            "hold", "match", "detach", "drained", "unpin", "warm", "empty", "delete", "delete-template", "close",
        }));
        Assert.That(FleetPlan.Steps(journal).OfType<FleetStep.Launch>().Select(step => step.Capacity.Desired), Is.EqualTo(new[] { 1, 7, 20 }));
    }

    [Test]
    public void Steps_WithApproval_WaitBetweenTheSteps()
    {
        var journal = Journal(weights: true);
        Assert.That(
            Keys(journal with { Canary = journal.Canary! with { Approves = true } }).Where(key => key.StartsWith("canary", StringComparison.Ordinal) || key.StartsWith("approve", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "canary-1", "approve-1", "canary-2", "approve-2" }));
    }

    [TestCase("canary-2", new[] { "open", "weights", "revive", "attach", "healthy", "release", "detach", "drained", "unmirror", "empty", "delete", "delete-template", "close" })]
    [TestCase("weights", new[] { "open", "revive", "attach", "healthy", "release", "weights", "detach", "drained", "unmirror", "empty", "delete", "delete-template", "close" })]
    public void Back_FromAStep_GivesTheRequestsToTheOldGroupWhenItCanServe(string step, string[] keys) =>
        Assert.That(Keys(FleetPlan.Back(Journal(weights: true) with { Step = step }, "ann")), Is.EqualTo(keys));

    [TestCase("canary-2", new[] { "open", "lead-0", "revive", "attach", "healthy", "release", "keep", "weights", "detach", "drained", "unmirror", "empty", "delete", "delete-template", "close" })]
    [TestCase("weights", new[] { "open", "revive", "attach", "healthy", "release", "weights", "keep", "detach", "drained", "unmirror", "empty", "delete", "delete-template", "close" })]
    public void Back_WhereSickNodesAreKept_HasThemCheckedUntilTheyAreFound(string step, string[] keys) =>
        Assert.That(Keys(FleetPlan.Back(Journal(weights: true) with { Step = step, KeepsSick = true }, "ann")), Is.EqualTo(keys));

    [TestCase("canary-2", "canary-2")]
    [TestCase("soak", "soak")]
    [TestCase("hold", "soak")]
    [TestCase("match", null)]
    [TestCase("warm", null)]
    public void Soaking_FromAStep_IsTheNextThingThatIsDoneOrRefused(string step, string? first)
    {
        var journal = Journal(weights: false) with { Step = step, Soak = TimeSpan.FromMinutes(step == "soak" ? 1 : 0) };

        var soaking = FleetPlan.Soaking(journal, TimeSpan.FromHours(1));

        Assert.That(soaking?.Step, Is.EqualTo(first));
        if (soaking is not null)
        {
            var left = FleetPlan.Remaining(soaking);
            Assert.That(left[0].Key, Is.EqualTo(first));
            Assert.That(left.OfType<FleetStep.Soak>().Single().Time, Is.EqualTo(TimeSpan.FromHours(1)));
        }
    }

    [Test]
    public void Journal_OfACanary_IsReadAsItWasWritten()
    {
        var journal = Journal(weights: true) with { Step = "canary-2" };
        var text = journal.ToText();

        var read = FleetJournal.Parse(text, "/baker/web/journal");

        Assert.That(read.ToText(), Is.EqualTo(text));
        Assert.That(text, Does.Not.Contain("{{"), "SSM takes no nested reference");
        Assert.That(read.Canary!.Settings.Checks.Select(check => check.Dimensions.Length), Is.EqualTo(new[] { 0, 0, 0, 1, 0, 0 }));
        Assert.That(read.Canary.Settings.Checks[3].Dimensions[0].Value, Is.EqualTo("{{fleet}}"));
        Assert.That(read.Canary.Settings.Checks.Skip(4).Select(check => (check.Measure, check.Metric, check.Status)), Is.EqualTo(new (CanaryMeasure, string, int?)[]
        {
            (CanaryMeasure.Probe, "http://{{address}}:8080/", 204), (CanaryMeasure.Script, "judge.sh", null),
        }));
        Assert.That(read.Canary.Settings.Steps, Is.EqualTo(journal.Canary!.Settings.Steps));
        Assert.That((read.Canary.Places[0], read.Canary.Stood[0]), Is.EqualTo((journal.Canary.Places[0], journal.Canary.Stood[0])));
        Assert.That(CanaryWord.NumberOf(read), Is.EqualTo(2));
    }

    [Test]
    public void Weights_OfAnyShare_KeepTheProportionsWithinWhatABalancerTakes()
    {
        var cases =
            from count in Gen.Choose(1, 4)
            from weights in Gen.ArrayOf(Gen.Choose(0, 999), count)
            from ours in Gen.ArrayOf(Gen.Elements(true, false), count)
            from percent in Gen.Choose(0, 100)
            select (Groups: ours.Zip(weights).ToList(), Percent: percent);
        Prop.ForAll(cases.ToArbitrary(), drawn =>
        {
            var led = CanaryWeights.Of(drawn.Groups, drawn.Percent);
            var total = led.Sum(each => each.Stays + each.Moves);
            double Share(int weight) => total == 0 ? 0 : (double)weight / total;
            var before = drawn.Groups.Sum(each => each.Second);
            return drawn.Groups.Zip(led).All(each =>
                each.Second is { Stays: >= 0 and <= CanaryWeights.Most, Moves: >= 0 and <= CanaryWeights.Most }
                && (each.First.First || each.Second.Moves == 0)
                && (!each.First.First || drawn.Percent > 0 || each.Second.Moves == 0)
                && (!each.First.First || drawn.Percent < 100 || each.Second.Stays == 0)
                && (before == 0 || Math.Abs(Share(each.Second.Stays + each.Second.Moves) - ((double)each.First.Second / before)) < 0.01));
        }).QuickCheckThrowOnFailure();
    }

    [TestCase(1, 5, 1)]
    [TestCase(2, 50, 2)]
    [TestCase(20, 5, 1)]
    [TestCase(20, 25, 7)]
    [TestCase(20, 80, 20)]
    [TestCase(20, 100, 20)]
    [TestCase(0, 5, 0)]
    public void Instances_OfAShare_AreAtLeastOneAndNoMoreThanTheOld(int old, int percent, int size) =>
        Assert.That(CanaryWeights.Instances(old, percent), Is.EqualTo(size));

    [TestCase("{\"metric\": \"5xx\", \"max\": 1}", 3.1, 620, 0.0, 5880, true, false, "5xx: new 3.1% of 620 requests, old 0% of 5880 requests: more than 1%")]
    [TestCase("{\"metric\": \"5xx\", \"max\": 1}", 1.0, 620, 0.0, 5880, false, false, "at most 1%")]
    [TestCase("{\"metric\": \"5xx\", \"max\": 1}", 50.0, 99, 0.0, 5880, false, true, "too little to judge by, which takes 100 requests")]
    [TestCase("{\"metric\": \"5xx\", \"worse_by\": 0.5}", 2.6, 620, 2.0, 5880, true, false, "worse than the old by more than 0.5%")]
    [TestCase("{\"metric\": \"5xx\", \"worse_by\": 0.5}", 2.4, 620, 2.0, 5880, false, false, "no worse than the old by 0.5%")]
    [TestCase("{\"metric\": \"5xx\", \"worse_by\": 0.5}", 2.4, 620, 0.0, 3, false, true, "too little to compare with")]
    [TestCase("{\"metric\": \"5xx\", \"max\": 1, \"worse_by\": 0.5}", 2.4, 620, 0.0, 3, true, false, "more than 1%")]
    [TestCase("{\"metric\": \"latency\", \"percentile\": \"p50\", \"worse_by\": 100}", 240.0, 620, 30.0, 5880, true, false, "latency p50: new 240 ms of 620 requests, old 30 ms of 5880 requests: worse")]
    [TestCase("{\"metric\": \"healthy_hosts\", \"worse_by\": 1}", 1.0, 3.0, 3.0, 3.0, true, false, "healthy hosts: new 1 of 3, old 3 of 3: worse than the old by more than 1")]
    [TestCase("{\"metric\": \"healthy_hosts\", \"worse_by\": 1}", 2.0, 3.0, 3.0, 3.0, false, false, "no worse")]
    [TestCase("{\"metric\": \"healthy_hosts\", \"worse_by\": 0}", 1.0, 1.0, 3.0, 3.0, false, false, "healthy hosts: new 1 of 1, old 3 of 3: no worse")]
    [TestCase("{\"metric\": \"healthy_hosts\", \"min\": 2}", 1.0, null, null, null, true, false, "fewer than 2")]
    [TestCase("{\"metric\": \"Failures\", \"namespace\": \"Acme\", \"max\": 5}", null, null, null, null, false, true, "Acme Failures (Average): new nothing: too little")]
    public void Judge_Numbers_AreSaidWithTheirBounds(string check, double? fresh, double? requests, double? old, double? before, bool isBad, bool isQuiet, string text)
    {
        var verdict = CanaryCheck.Of(JObject.Parse(check)).Judge(new CanaryNumber(fresh, requests), old is null ? null : new CanaryNumber(old, before));

        Assert.That((verdict.IsBad, verdict.IsQuiet), Is.EqualTo((isBad, isQuiet)));
        Assert.That(verdict.Text, Does.Contain(text));
    }

    [Test]
    public void Judge_WithNothingToCompareWith_KeepsToTheAbsoluteBound()
    {
        var check = CanaryCheck.Of(JObject.Parse("{\"metric\": \"5xx\", \"worse_by\": 0.5}"));

        Assert.That(check.Judge(new CanaryNumber(7, 1000), null), Is.EqualTo(new CanaryVerdict("5xx: new 7% of 1000 requests: no worse than the old by 0.5%", false, false)));
    }

    [TestCase("promote", 2, 1, false)]
    [TestCase("promote", 2, 2, true)]
    [TestCase("promote", 2, 3, false)]
    [TestCase("finish", 2, 3, true)]
    [TestCase("pause", 2, 2, false)]
    public void Word_AtAStep_EndsIt(string word, int said, int at, bool ends) =>
        Assert.That(CanaryWord.TryParse(new CanaryWord(word, said, "r", "ann").ToText())!.Ends(at), Is.EqualTo(ends));

    private static FleetJournal Journal(bool weights) => new()
    {
        Group = GroupName.Parse("web"),
        Run = "r",
        Action = FleetAction.Update,
        Owner = "o",
        Old = "web-v001",
        New = "web-v002",
        Capacity = new Capacity(2, 4, 2),
        Canary = new FleetCanary
        {
            Settings = CanarySettings.Of(JObject.Parse(Settings)),
            Places = weights ? [new NoticePlace("arn:listener", "the default action of www:80", 0, true)] : [],
            Stood = weights ? ["[{\"type\":\"forward\",\"group\":\"arn:a\"}]"] : [],
        },
    };

    private static IEnumerable<string> Keys(FleetJournal journal) => FleetPlan.Steps(journal).Select(step => step.Key);
}
