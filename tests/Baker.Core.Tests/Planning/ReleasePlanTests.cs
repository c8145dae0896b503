using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Newtonsoft.Json;

namespace Baker.Core.Tests.Planning;

internal sealed class ReleasePlanTests
{
    private static readonly string[] s_update =
    [
        "api open", "web open", "api template", "api create", "web template", "web create", "api notice",
        "web hold", "web detach", "web drained", "api hold", "api rest", "web first", "web before",
        "api launch", "api healthy", "api scaling", "api match", "api unpin", "web launch", "web healthy", "web scaling", "web match", "web unpin",
        "api after", "api notice-off", "api warm",
        "api empty", "api delete", "api delete-template", "web empty", "web delete", "web delete-template", "web close", "api close",
    ];

    private static readonly string[] s_back =
    [
        "api open", "web open", "api notice", "web detach", "web drained", "api detach", "api drained", "web first", "web undo",
        "api rest", "api revive", "api attach", "api healthy", "api release", "web revive", "web attach", "web healthy", "web release",
        "api notice-off",
        "api empty", "api delete", "api delete-template", "web empty", "web delete", "web delete-template", "web close", "api close",
    ];

    [Test]
    public void Steps_TwoGroups_NothingServesFromTheFirstDrainToTheNoticesEnd()
    {
        Assert.That(Keys(ReleasePlan.Steps(Journals())), Is.EqualTo(s_update));
        Assert.That(Keys(ReleasePlan.Steps(ReleasePlan.Back(At("api", "warm"), "ann"))), Is.EqualTo(s_back));
    }

    [Test]
    public void Steps_OfEachGroup_HaveKeysOfTheirOwn()
    {
        foreach (var steps in new[] { ReleasePlan.Steps(Journals()), ReleasePlan.Steps(ReleasePlan.Back(At("api", "warm"), "ann")) })
        {
            Assert.That(Keys(steps), Is.Unique);
        }
    }

    [Test]
    public void Remaining_BegunAtAnyStep_BeginsWithThatStep()
    {
        var journals = Journals();
        foreach (var (index, step) in ReleasePlan.Steps(journals).Index())
        {
            journals = [.. journals.Select(each => each.Group == step.Group ? each with { Step = step.Key } : each)];

            Assert.That(Keys(ReleasePlan.Remaining(journals)), Is.EqualTo(s_update[index..]));
        }

        Assert.That(Keys(ReleasePlan.Remaining([journals[0]])), Is.EqualTo(new[] { "api close" }), "the other's journal is closed");
    }

    [TestCase("web", "create", false, false)]
    [TestCase("api", "notice", true, false)]
    [TestCase("web", "first", true, false)]
    [TestCase("web", "before", true, true)]
    [TestCase("api", "warm", true, true)]
    public void Back_FromAStep_KnowsWhetherTheNoticeWasOnAndTheMigrationBegun(string group, string step, bool switched, bool migrated)
    {
        var back = ReleasePlan.Back(At(group, step), "ann");

        Assert.That((back[0].Switched, back[1].Switched, back[0].Release!.IsMigrated), Is.EqualTo((switched, switched, migrated)));
        Assert.That(Keys(ReleasePlan.Steps(back)).Contains("api notice"), Is.EqualTo(switched));
        Assert.That(Keys(ReleasePlan.Steps(back)).Contains("web undo"), Is.EqualTo(migrated));
        Assert.That(ReleasePlan.Back(At(group, step), "ann", new ReleaseTask(GroupName.Parse("api"), "other"))[0].Release!.Undo!.Name, Is.EqualTo("other"));
    }

    [Test]
    public void Journal_OfARelease_IsReadAsItWasWritten()
    {
        var journal = Journals()[0];

        var text = journal.ToText();

        Assert.That(text, Does.Not.Contain("{{"));
        Assert.That(JsonConvert.SerializeObject(FleetJournal.Parse(text, "/x")), Is.EqualTo(JsonConvert.SerializeObject(journal)));
    }

    [TestCase("web api db", "", "web api db")]
    [TestCase("web api db", "web>api api>db", "db api web")]
    [TestCase("web db", "web>api api>db", "db web")] // by way of one that is not released
    [TestCase("web api", "web:api", "api web")]
    [TestCase("web api", "web:api api>web", "web api")] // the manifest's word is before a need
    [TestCase("web api", "web:api api:web", "api web")]
    public void Order_AfterThenNeeds(string named, string links, string expected)
    {
        var all = new[] { "db", "web", "api" }.Select(name => new NodeGroup
        {
            Name = GroupName.Parse(name),
            Attributes = [],
            Provides = [new ProvidedService(ServiceName.Parse(name), default)],
            After = [.. Of(name, '>')],
            Needs = [.. Of(name, ':').Select(other => new NeededService(ServiceName.Parse(other), IsOptional: false, default))],
        }).ToList();

        var order = ReleaseOrder.Of([.. named.Split(' ').Select(name => all.Find(each => each.Name == name)!)], all);

        Assert.That(string.Join(' ', order.Select(group => group.Name)), Is.EqualTo(expected));

        IEnumerable<string> Of(string name, char sign) =>
            links.Split(' ').Where(link => link.StartsWith($"{name}{sign}", StringComparison.Ordinal)).Select(link => link.Split(sign)[1]);
    }

    [Test]
    public void At_AnyStepOfTheRelease_IsItsNumberInTheWholePlan()
    {
        var steps = ReleasePlan.Steps(Journals());
        for (var index = 0; index < steps.Length; index++)
        {
            var journals = At(steps[index].Group, steps[index].Key);
            var known = journals.ToDictionary(journal => journal.Group, FleetJournal? (journal) => journal);
            var own = journals.Single(journal => journal.Group == steps[index].Group);

            Assert.That(FleetPlan.At(own, known), Is.EqualTo((index + 1, steps.Length, steps[index].Inner)));
            Assert.That(FleetPlan.At(own, known.Where(each => each.Key == own.Group).ToDictionary()), Is.Null, "the other group is not known");
        }
    }

    private static ImmutableArray<FleetJournal> At(string group, string step)
    {
        var journals = Journals();
        foreach (var each in ReleasePlan.Steps(journals))
        {
            journals = [.. journals.Select(journal => journal.Group == each.Group ? journal with { Step = each.Key } : journal)];
            if (each.Group == group && each.Key == step)
            {
                return journals;
            }
        }

        throw new AssertionException($"no step {group} {step}");
    }

    private static ImmutableArray<FleetJournal> Journals()
    {
        var release = new FleetRelease
        {
            Groups = [GroupName.Parse("api"), GroupName.Parse("web")],
            Answer = NoticeAnswer.Page("{{down}}", "down.html", null),
            TargetGroups = ["tg"],
            Before = new ReleaseTask(GroupName.Parse("web"), "migrate"),
            After = new ReleaseTask(GroupName.Parse("api"), "check"),
            Undo = new ReleaseTask(GroupName.Parse("web"), "unmigrate"),
        };
        return [Journal("api") with { Release = release }, Journal("web") with { Release = release.OfAnother(), TargetGroups = ["tg"] }];
    }

    private static FleetJournal Journal(string name) => new()
    {
        Group = GroupName.Parse(name),
        Run = "r",
        Action = FleetAction.Update,
        Owner = "o",
        Step = FleetJournal.Unwritten,
        Old = $"{name}-v001",
        New = $"{name}-v002",
        Capacity = new Capacity(2, 4, 2),
    };

    private static string[] Keys(IEnumerable<ReleaseStep> steps) => [.. steps.Select(step => $"{step.Group} {step.Key}")];
}
