using System.Collections.Immutable;
using Baker.Core.Staleness;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests;

/// <summary>Plans that are kept in files, and what is wrong with those that are not as they were kept.</summary>
public sealed class SavedPlanTests
{
    private static readonly SavedPlan s_plan = new()
    {
        Made = "2026-11-27T08:00:00Z",
        By = "ops@host",
        Cloud = "local",
        Environment = "staging",
        Groups = ["www"],
        Items =
        [
            new StaleItem(StaleKind.Fleet, "update-fleet www", "www", "update the fleet www: a -> b", "a -> b") { Group = "www", Wave = 1 },
            new StaleItem(StaleKind.Channel, "channel www:stable", "www:stable", "promote an image", "behind") { Group = "www", Command = "package image:promote www --to stable" },
        ],
        RestsOn = PlanFacts.None.Add("www/image", "ami-1").Add("www/size", "1 to 2"),
    };

    [Test]
    public void Parse_OfAPlanThatWasKept_IsThatPlan()
    {
        var again = SavedPlan.Parse(s_plan.ToJson().ToString(), "plan.json");

        Assert.That(again.Id, Is.EqualTo(s_plan.Id));
        Assert.That(again.Items, Is.EqualTo(s_plan.Items));
        Assert.That(again.RestsOn, Is.EqualTo(s_plan.RestsOn));
        Assert.That((again.Environment, again.By, again.Groups.Single(), again.Items[1].IsApplied), Is.EqualTo(("staging", "ops@host", "www", false)));
    }

    [TestCase("", "plan.json:1:1: this is no plan: ")]
    [TestCase("{\n  \"baker_plan\": 1,\n  oops", "plan.json:3:")]
    [TestCase("{\n  \"www\": {}\n}", "plan.json:1:1: this is no plan: it has no baker_plan with the number of its version.")]
    [TestCase("{\n  \"baker_plan\": \"1\"\n}", "plan.json:2:15: this is no plan: it has no baker_plan with the number of its version.")]
    public void Parse_OfWhatIsNoPlan_SaysWhere(string text, string said) => AssertWrong(text, said);

    [TestCase("\"baker_plan\": 1", "\"baker_plan\": 2", "plan.json:2:15: this is a plan of version 2, and this package reads version 1.")]
    [TestCase("\"by\": \"ops@host\"", "\"by\": \"eve@host\"", "plan.json:4:7: by was edited after the plan was made.")]
    [TestCase("\"environment\": \"staging\"", "\"environment\": \"production\"", "plan.json:6:16: environment was edited after the plan was made.")]
    [TestCase("\"kind\": \"fleet\"", "\"kind\": \"size\"", "plan.json:10:10: items was edited after the plan was made.")]
    [TestCase("\"www/image\": \"ami-1\"", "\"www/image\": \"ami-2\"", "plan.json:34:13: rests_on was edited after the plan was made.")]
    [TestCase("\"made\"", "\"when\"", "plan.json:3:9: when is no part of a plan: it was edited after it was made.")]
    [TestCase("\"seal\": {", "\"seal\": [], \"x\": {", "x is no part of a plan")]
    [TestCase("\"by\": \"ops@host\",", "", "plan.json:1:1: by is missing: the plan was edited after it was made.")]
    [TestCase("\"by\": \"ops@host\",", "\"by\": \"ops@host\", \"by\": \"ops@host\",", "plan.json:4:")]
    public void Parse_OfAPlanThatWasEdited_SaysWhere(string was, string now, string said)
    {
        var text = s_plan.ToJson().ToString();
        Assert.That(text, Does.Contain(was));

        AssertWrong(text.Replace(was, now, StringComparison.Ordinal), said);
    }

    [Test]
    public void Parse_OfAPlanThatWasOnlyLaidOutOtherwise_IsThatPlan() =>
        Assert.That(SavedPlan.Parse(s_plan.ToJson().ToString(Newtonsoft.Json.Formatting.None), "plan.json").Id, Is.EqualTo(s_plan.Id));

    [Test]
    public void Moves_OfWhatChanged_AreToldButForOnesOwn()
    {
        var now = PlanFacts.None.Add("www/image", "ami-2").Add("www/size", "1 to 2").Add("db/fleet", "db-v001").Add("www/run", "autoscale:update of bob");

        Assert.That(PlanFacts.Moves(s_plan.RestsOn, now, key => PlanFacts.GroupOf(key) == "db"), Is.EqualTo(new[]
        {
            "the image of www was ami-1, and is ami-2 now", "something is under way for www: autoscale:update of bob",
        }));
    }

    private static void AssertWrong(string text, string said)
    {
        var wrong = Assert.Throws<BakerException>(() => SavedPlan.Parse(text, "plan.json"));
        Assert.That(wrong!.Message, Does.Contain(said));
        Assert.That(wrong.Code, Is.EqualTo(ExitCode.BadInput));
    }
}
