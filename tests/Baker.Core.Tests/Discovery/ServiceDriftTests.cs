using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Discovery;

public sealed class ServiceDriftTests
{
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
        ];

        var drifts = ServiceDrifts.InCatalog([read.Group("bee"), read.Group("idle")], announced, [("bee", "i-1"), ("bee", "i-3"), ("idle", "i-5"), ("gone", "i-4")]);

        Assert.That(drifts.Select(each => $"{each.Kind} {each.Text}"), Is.EqualTo(new[]
        {
            "dead api is announced on i-2 of bee, and dead: there is no such instance",
            "announced old is announced on i-1, and bee does not provide it",
            "announced api is announced on i-4, and gone does not provide it",
            "silent bee provides api, and i-3 runs and has not announced it",
            "silent bee provides worker, and i-3 runs and has not announced it",
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

        var drifts = ServiceDrifts.InCatalog([read.Group("bee"), read.Group("web"), read.Group("tv")], announced, []).Where(each => each.Kind == "withdrawn");

        Assert.That(drifts.Select(each => each.Text), Is.EqualTo(
            isTold ? new[] { "api is withdrawn wherever it was announced, and web, tv need it: instance:run bee -- baker-node notify announces it again" } : []));

        static (ServiceEntry, ServiceHealth) Announced(string instance, string word) => (
            Entry("api", "bee", instance) with { State = word == "leaving" ? ServiceState.Leaving : ServiceState.Serving },
            new ServiceHealth(word, null));
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
