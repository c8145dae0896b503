using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Discovery;

public sealed class ServiceDriftTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 16, 0, 0, TimeSpan.Zero);

    [Test]
    public void InManifest_EachKind_IsTold()
    {
        var group = new ReadManifest("""
            {"bee": {
              "services_from": ["recipe[svc::*]", "recipe[other::run-*]"],
              "run_list": ["recipe[svc::api]", "svc::worker@1.0.0", "recipe[svc::cron]", "recipe[other::run-mail]", "recipe[nginx]"],
              "provides": {"cache": {}, "cron": null}
            }}
            """).Group("bee");
        var recipes = new Dictionary<string, string[]> { ["svc"] = ["api", "delete-api", "worker", "cron", "delete-cron"] };

        var drifts = ServiceDrifts.InManifest(group, (cookbook, recipe) => recipes.TryGetValue(cookbook, out var all) ? all.Contains(recipe) : null);

        Assert.That(drifts.Select(each => $"{each.Kind} {each.Text}"), Is.EqualTo(new[]
        {
            "not-in-run-list bee provides cache, and no item of its run list brings it",
            "no-removal bee has svc::worker@1.0.0 in its run list, and the cookbook svc has no recipe delete-worker",
            "not-provided bee has recipe[svc::cron] in its run list, and its provides takes cron away",
        }));
    }

    [Test]
    public void InManifest_ServicesWithoutRunLists_AreNone() =>
        Assert.That(
            ServiceDrifts.InManifest(new ReadManifest("{'a': {'provides': {'api': {}}, 'run_list': ['svc::api']}}").Group("a"), (_, _) => false),
            Is.Empty);

    [TestCase("'recipe[nginx]'", "svc::delete-api other::delete-run-api")]
    [TestCase("'recipe[svc::api]'", "", Description = "brought still")]
    [TestCase("'recipe[svc::delete-api]'", "")]
    [TestCase("'other::delete-run-api@1.0.0'", "")]
    [TestCase("'recipe[svc::delete-worker]'", "svc::delete-api other::delete-run-api")]
    public void MissingRemovals_OfAServiceThatTheRunListBringsNoMore_AreThoseOfItsPatterns(string item, string missing)
    {
        var group = new ReadManifest($"{{'bee': {{'services_from': ['recipe[svc::*]', 'recipe[other::run-*]', 'role[run-*]'], 'run_list': [{item}]}}}}").Group("bee");
        Assert.That(string.Join(' ', ServiceDrifts.MissingRemovals(group, "api")), Is.EqualTo(missing));
    }

    [Test]
    public void MissingRemovals_ServicesWithoutRunLists_AreNone() =>
        Assert.That(ServiceDrifts.MissingRemovals(new ReadManifest("{'a': {'provides': {'api': {}}}}").Group("a"), "old"), Is.Empty);

    [Test]
    public void InCatalog_EachKind_IsTold()
    {
        var read = new ReadManifest("{'bee': {'provides': {'api': {}, 'worker': {}}}, 'idle': {}}");
        var alive = new ServiceHealth("serving", null);
        (ServiceEntry, ServiceHealth)[] announced =
        [
            (Entry("api", "bee", "i-1"), alive),
            (Entry("worker", "bee", "i-1"), new ServiceHealth("unwell", "Standby")),
            (Entry("api", "bee", "i-2"), new ServiceHealth("dead", "there is no such instance")),
            (Entry("old", "bee", "i-1"), alive),
            (Entry("api", "gone", "i-4"), alive),
            (Entry("older", "bee", "i-1") with { State = ServiceState.Leaving }, new ServiceHealth("leaving", null)),
            (Entry("drains", "bee", "i-1").Turned(ServiceState.Leaving, s_now.AddMinutes(-4)), new ServiceHealth("leaving", null)),
        ];

        var drifts = ServiceDrifts.InCatalog([read.Group("bee"), read.Group("idle")], announced, [("bee", "i-1"), ("bee", "i-3"), ("idle", "i-5"), ("gone", "i-4")], s_now);

        Assert.That(drifts.Select(each => $"{each.Kind} {each.Text}"), Is.EqualTo(new[]
        {
            "dead api is announced on i-2 of bee, and dead: there is no such instance",
            "announced old is announced on i-1, and bee does not provide it: instance:deploy bee takes it out of use",
            "announced api is announced on i-4, and gone does not provide it: service:decommission api --node i-4 takes it out of use",
            "announced older on i-1 is leaving since 0001-01-01T00:00:00Z, and bee does not provide it: instance:run bee -- baker-node decommission --dropped ends it, and waits for its drain",
            "silent bee provides api, and i-3 runs and has not announced it: instance:run bee -- baker-node notify announces it again, or says why not",
            "silent bee provides worker, and i-3 runs and has not announced it: instance:run bee -- baker-node notify announces it again, or says why not",
        }));
    }

    [TestCase("leaving", "dead", true)]
    [TestCase("leaving", "leaving", true)]
    [TestCase("leaving", "serving", false)]
    [TestCase("dead", "dead", false)]
    [TestCase("unwell", "leaving", false)]
    public void InCatalog_NeededAndWithdrawnWhereverItIs_IsToldWithTheWayBack(string one, string other, bool isTold)
    {
        var read = new ReadManifest("{'bee': {'provides': {'api': {}}}, 'web': {'needs': {'api': {}}}, 'tv': {'needs': {'api': {}}}}");
        (ServiceEntry, ServiceHealth)[] announced = [Announced("i-1", one), Announced("i-2", other)];

        var drifts = ServiceDrifts.InCatalog([read.Group("bee"), read.Group("web"), read.Group("tv")], announced, [], default).Where(each => each.Kind == "withdrawn");

        Assert.That(drifts.Select(each => each.Text), Is.EqualTo(
            isTold ? new[] { "api is withdrawn wherever it was announced, and web, tv need it: instance:run bee -- baker-node notify announces it again" } : []));

        static (ServiceEntry, ServiceHealth) Announced(string instance, string word) => (
            Entry("api", "bee", instance) with { State = word == "leaving" ? ServiceState.Leaving : ServiceState.Serving },
            new ServiceHealth(word, null));
    }

    [Test]
    public void InCatalog_WithdrawnWhereverItIsAndProvidedNoMore_IsToldWithWhatGoesOn()
    {
        var read = new ReadManifest("{'bee': {'provides': {'other': {}}}, 'web': {'needs': {'api': {}}}, 'tv': {'provides': {'api': {}}}}");
        (ServiceEntry, ServiceHealth)[] announced = [(Entry("api", "bee", "i-1").Turned(ServiceState.Leaving, s_now), new ServiceHealth("leaving", null))];

        var drifts = ServiceDrifts.InCatalog([read.Group("bee"), read.Group("web"), read.Group("tv")], announced, [], s_now);

        Assert.That(drifts.Select(each => each.Text), Is.EqualTo(new[]
        {
            "api is withdrawn wherever it was announced, and web needs it; bee provides it no more: its nodes drain, and instance:deploy bee goes on with a deploy that was ended",
        }));
    }

    [TestCase(0, 5, false)]
    [TestCase(0, 6, true)]
    [TestCase(60, 64, false)]
    [TestCase(60, 66, true)]
    public void InCatalog_LeavingForLongerThanItsDrain_IsToldWithTheWayBack(int drain, int minutes, bool isTold)
    {
        var drains = drain == 0 ? "" : $", 'drain': {{'script': '/bin/true', 'timeout': '{drain}m'}}";
        var bee = new ReadManifest($"{{'bee': {{'provides': {{'api': {{}}}}{drains}}}}}").Group("bee");
        var began = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);
        var well = new ServiceHealth("leaving", null);
        (ServiceEntry, ServiceHealth)[] announced =
        [
            (Entry("api", "bee", "i-1") with { State = ServiceState.Leaving, Since = began }, well),
            (Entry("api", "bee", "i-2") with { State = ServiceState.Leaving, Since = began }, well), // of a fleet that is kept
            (Entry("api", "bee", "i-3") with { Since = began }, new ServiceHealth("serving", null)),
        ];

        var drifts = ServiceDrifts.InCatalog([bee], announced, [("bee", "i-1"), ("bee", "i-3")], began.AddMinutes(minutes));

        Assert.That(drifts.Select(each => $"{each.Kind} {each.Text}"), Is.EqualTo(isTold
            ? new[]
            {
                "leaving api on i-1 has been leaving since 2026-11-27T08:00:00Z, for longer than its drain may take: "
                    + "instance:run bee -- baker-node notify announces it again",
            }
            : []));
    }

    private static ServiceEntry Entry(string service, string group, string instance) => new()
    {
        Service = ServiceName.Parse(service),
        Group = GroupName.Parse(group),
        Instance = instance,
        Address = "10.0.0.7",
        Since = default,
    };
}
