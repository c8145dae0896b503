using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Discovery;

public sealed class ServiceGraphTests
{
    private const string Three = """
        {
          "__base__": {"config": false, "services_from": "recipe[seatgeek-service::*]", "needs": {"statsd": {"optional": true}}},
          "web": {"run_list": ["recipe[seatgeek::customer-web]"], "provides": {"www": {"port": 80}}, "needs": {"api-workers": {}, "recommendation": {"optional": true}}},
          "12_04-bee": {
            "run_list": ["recipe[seatgeek-service::api-workers]", "seatgeek-service::djjob", "recipe[seatgeek-service::cronq-workers@1.2.0]"],
            "provides": {"api-workers": {"port": 8080, "check": "/status"}, "cronq-workers": null},
            "needs": {"cache": {}}
          },
          "cache": {"provides": {"cache": {"port": 11211}}, "needs": {"statsd": null}},
          "idle": {"needs": null}
        }
        """;

    [Test]
    public void Provides_NamedAndFromTheRunList_AreOneEach() =>
        Assert.That(
            new ReadManifest(Three).Group("12_04-bee").Provides.Select(each => (each.Name.ToString(), each.Port, each.Check, each.RunListItem)),
            Is.EqualTo(new (string, int?, string?, string?)[]
            {
                ("api-workers", 8080, "/status", "recipe[seatgeek-service::api-workers]"),
                ("djjob", null, null, "seatgeek-service::djjob"),
            }));

    [Test]
    public void Needs_OfBaseAndGroup_AreMergedAtLevelOne() =>
        Assert.That(
            new ReadManifest(Three).Group("web").Needs.Select(each => (each.Name.ToString(), each.IsOptional)),
            Is.EqualTo(new[] { ("statsd", true), ("api-workers", false), ("recommendation", true) }));

    [Test]
    public void Text_Graph_IsGroupByGroup() => Assert.That(ServiceGraphText.Text(Graph()), Is.EqualTo("""
        web
          provides www (port 80)
          needs statsd (optional), which no group provides
          needs api-workers of 12_04-bee
          needs recommendation (optional), which no group provides
        12_04-bee
          provides api-workers (port 8080, check /status, recipe[seatgeek-service::api-workers])
          provides djjob (seatgeek-service::djjob)
          needs statsd (optional), which no group provides
          needs cache of cache
        cache
          provides cache (port 11211)

        """));

    [Test]
    public void Dot_Graph_HasGroupsServicesAndBothKindsOfEdges() => Assert.That(ServiceGraphText.Dot(Graph()), Is.EqualTo("""
        digraph services {
            rankdir=LR;
            "group web" [shape=box, label="web"];
            "group 12_04-bee" [shape=box, label="12_04-bee"];
            "group cache" [shape=box, label="cache"];
            "service api-workers" [shape=ellipse, label="api-workers"];
            "service cache" [shape=ellipse, label="cache"];
            "service djjob" [shape=ellipse, label="djjob"];
            "service recommendation" [shape=ellipse, label="recommendation", style=dotted];
            "service statsd" [shape=ellipse, label="statsd", style=dotted];
            "service www" [shape=ellipse, label="www"];
            "group web" -> "service statsd" [style=dashed];
            "group web" -> "service api-workers";
            "group web" -> "service recommendation" [style=dashed];
            "service www" -> "group web" [arrowhead=none];
            "group 12_04-bee" -> "service statsd" [style=dashed];
            "group 12_04-bee" -> "service cache";
            "service api-workers" -> "group 12_04-bee" [arrowhead=none];
            "service djjob" -> "group 12_04-bee" [arrowhead=none];
            "service cache" -> "group cache" [arrowhead=none];
        }

        """));

    [Test]
    public void Json_Graph_HasBothDirections()
    {
        var json = ServiceGraphText.Json(Graph(), EnvironmentName.Parse("staging"));

        Assert.That((string?)json["environment"], Is.EqualTo("staging"));
        Assert.That(json["groups"]!.Select(each => (string?)each["group"]), Is.EqualTo(new[] { "web", "12_04-bee", "cache" }));
        Assert.That((string?)json.SelectToken("groups[0].needs[1].providers[0]"), Is.EqualTo("12_04-bee"));
        Assert.That((bool)json.SelectToken("groups[0].needs[2].optional")!, Is.True);
        Assert.That(json["services"]!.Select(each => (string?)each["service"]), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That((string?)json.SelectToken("services[?(@.service=='cache')].needed_by[0]"), Is.EqualTo("12_04-bee"));
        Assert.That(json.SelectToken("services[?(@.service=='recommendation')].providers"), Is.Empty);
    }

    /// <summary>Random groups and needs: those that wait for themselves are told where, and only where, no order of starting exists.</summary>
    [Test]
    public void Circles_RandomGraphs_AreThereWhereNoOrderIs([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var count = random.Next(1, 8);
        var groups = Enumerable.Range(0, count).Select(index => new ServiceGroup(
            GroupName.Parse($"g{index}"),
            "us-east-1",
            [.. Some(random, count).Select(name => new ProvidedService(name, default))],
            [.. Some(random, count).Select(name => new NeededService(name, random.Next(3) == 0, default))])).ToList();

        var started = new HashSet<GroupName>();
        bool CanStart(ServiceGroup group) => group.Needs.All(need =>
            need.IsOptional
            || group.Provides.Any(each => each.Name == need.Name)
            || groups.TrueForAll(other => other.Provides.All(each => each.Name != need.Name))
            || groups.Exists(other => started.Contains(other.Name) && other.Provides.Any(each => each.Name == need.Name)));
        while (groups.Find(group => !started.Contains(group.Name) && CanStart(group)) is { } next)
        {
            started.Add(next.Name);
        }

        var circles = new ServiceGraph(groups).Circles();
        Assert.That(circles.IsEmpty, Is.EqualTo(started.Count == groups.Count));
        Assert.That(circles.Select(each => each.Group.Name).Where(started.Contains), Is.Empty);
        Assert.That(circles.Select(each => each.Way), Is.All.Match("^(g\\d) needs .* of \\1$"));
    }

    [Test]
    [CancelAfter(20_000)]
    public void Circles_LongChain_TakesNoTimeToSpeakOf()
    {
        const int Many = 20_000;
        var groups = Enumerable.Range(0, Many).Select(index => new ServiceGroup(
            GroupName.Parse($"g{index}"),
            "us-east-1",
            [new ProvidedService(ServiceName.Parse($"s{index}"), default)],
            index == Many - 1 ? [] : [new NeededService(ServiceName.Parse($"s{index + 1}"), false, default)]));

        Assert.That(new ServiceGraph(groups).Circles(), Is.Empty);
    }

    private static IEnumerable<ServiceName> Some(Random random, int count) =>
        Enumerable.Range(0, count).Where(_ => random.Next(3) == 0).Select(index => ServiceName.Parse($"s{index}"));

    private static ServiceGraph Graph()
    {
        var read = new ReadManifest(Three);
        Assert.That(read.Diagnostics, Is.Empty);
        return new ServiceGraph(read.Manifest.Groups.Select(entry => ServiceGroup.Of(read.Group(entry.Name))));
    }
}
