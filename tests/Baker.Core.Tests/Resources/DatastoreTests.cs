using System.Collections.Immutable;
using Baker.Core.Configuration;
using Baker.Core.Merging;
using Baker.Core.Resources;
using Baker.Core.Tests.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Resources;

/// <summary>What nodes are given of datastores: by which groups, where, under which names, and what of it is told as a change.</summary>
public sealed class DatastoreTests
{
    private const string Manifest = """
        {
          "__base__": {"region": "us-east-1", "config": true, "iam_instance_profile": "web", "uses": ["main"]},
          "__datastores__": {
            "main": {"rds": "main-db"}, "cache": {"elasticache": "main-cache", "region": "us-west-2"},
            "search": {"host": "search.internal", "port": 9200}, "facts": {"redshift": "facts"}
          },
          "web": {"uses": ["cache", "main"]},
          "far": {"region": "eu-west-1"},
          "plain": {"config": false},
          "__environments__": {"staging": {}, "production": {"__datastores__": {"main": {"rds": "other-db"}, "facts": null}, "web": {"uses": ["search"]}}}
        }
        """;

    private static readonly DatastoreEndpoints s_cache = DatastoreEndpoints.Of(
        new Datastore("cache", "elasticache", "main-cache", "us-east-1"), "redis", "primary", 6379, "reader", ["b:6379", "a:6379"]);

    [Test]
    public void Groups_UseWhatTheirLayersSayTogether_AndNoneWithoutConfig()
    {
        var (_, groups) = Read("production");
        Assert.That(groups.ToDictionary(group => group.Name.ToString(), group => string.Join(' ', group.Uses)), Is.EqualTo(new Dictionary<string, string>
        {
            ["web"] = "main cache search",
            ["far"] = "main",
            ["plain"] = "",
        }));
    }

    [Test]
    public void Datastores_ThatAreUsed_AreTheEnvironmentsOwn()
    {
        var (resources, groups) = Read("production");
        Assert.That(DatastoreResources.UsedBy(groups, resources), Is.EqualTo(new[]
        {
            new Datastore("main", "rds", "other-db", "us-east-1"),
            new Datastore("cache", "elasticache", "main-cache", "us-west-2"),
            new Datastore("search", "host", "search.internal", "us-east-1") { Port = 9200 },
        }));
    }

    [Test]
    public void Endpoints_AreWhereTheNodesThatUseThemAre()
    {
        var desired = Desired("staging");
        Assert.That(desired.Resources.Select(each => (each.Kind, each.Key, each.Region)), Is.EqualTo(new[]
        {
            (ResourceKind.Endpoints, "main", "us-east-1"), (ResourceKind.Endpoints, "main@eu-west-1", "eu-west-1"), (ResourceKind.Endpoints, "cache", "us-east-1"),
        }));
        Assert.That(desired.OfFleet(desired.Groups[0]).Datastores, Is.Empty);
    }

    [Test]
    public void Plan_EndpointHasChanged_SaysFromWhatToWhat()
    {
        var desired = Desired("staging");
        var facts = new EnvironmentFacts { Known = Known("main", "new.rds", "postgres").AddRange(Known("cache", "c", "redis")) };
        var steps = EnvironmentPlan.Endpoints(desired, facts);
        Assert.That(steps.Select(step => step.Text), Has.Some.EqualTo("give nodes the endpoints of main (rds main-db): new.rds:5432"));

        var found = steps.OfType<EnvironmentStep.Create>().Select(step => step.Resource).ToImmutableArray();
        Assert.That(EnvironmentPlan.Endpoints(desired, facts with { Resources = found }), Is.Empty);

        facts = facts with { Resources = [.. found.Select(each => each.Key == "main" ? each with { Values = each.Values.SetItem("host", "old.rds") } : each)] };
        Assert.That(EnvironmentPlan.Endpoints(desired, facts).Select(step => step.Text), Is.EqualTo(new[] { "give nodes other endpoints of main: host old.rds -> new.rds" }));
    }

    [Test]
    public void Plan_DatastoreIsUsedNoMore_TakesItsEndpointsAway_AndSaysThatItStays()
    {
        var facts = new EnvironmentFacts { Resources = [new Resource(ResourceKind.Endpoints, "main", "us-east-1", "main")] };
        Assert.That(EnvironmentPlan.Apply([], [], facts, updates: false).Select(step => step.Text), Is.EqualTo(new[] { "no longer give nodes the endpoints of main; the datastore stays" }));
        Assert.That(EnvironmentPlan.Delete(facts, []), Has.Length.EqualTo(1));
    }

    [Test]
    public void Differences_OfTwoEnvironments_NameTheDatastore()
    {
        var differences = EnvironmentDifferences.Of(Desired("staging").Resources, Desired("production").Resources);
        Assert.That(differences.Select(each => (each.Resource.Key, each.What)), Is.EqualTo(new[]
        {
            ("search", "only in the second"), ("main", "store rds main-db -> rds other-db"), ("main@eu-west-1", "store rds main-db -> rds other-db"),
        }));
    }

    [Test]
    public void Endpoints_WrittenDown_ReadBackTheSame()
    {
        var text = s_cache.ToString();
        Assert.That(JObject.Parse(text), Is.EqualTo(JObject.Parse(
            """{"store": "elasticache main-cache", "engine": "redis", "host": "primary", "port": 6379, "reader_host": "reader", "nodes": ["a:6379", "b:6379"]}""")).Using<JToken>(JToken.DeepEquals));
        Assert.That(DatastoreEndpoints.Parse(text)!.Values, Is.EqualTo(s_cache.Values));
        foreach (var damaged in new[] { "", "[]", "1", "{", "{\"host\": {}}" })
        {
            Assert.That(DatastoreEndpoints.Parse(damaged), Is.Null, damaged);
        }
    }

    [Test]
    public void Variables_AreTheNameAndTheField()
    {
        Assert.That(s_cache.Variables("main.cache-2").Select(each => $"{each.Key}={each.Value}"), Is.EqualTo(new[]
        {
            "MAIN_CACHE_2_ENGINE=redis", "MAIN_CACHE_2_HOST=primary", "MAIN_CACHE_2_PORT=6379", "MAIN_CACHE_2_READER_HOST=reader", "MAIN_CACHE_2_NODES=a:6379,b:6379",
        }));
        Assert.That(DatastoreEndpoints.VariablesOf("main.cache-2"), Is.SupersetOf(s_cache.Variables("main.cache-2").Select(each => each.Key)));
    }

    [Test]
    public void Endpoints_WithoutAReader_ReadWhereTheyWrite()
    {
        var host = DatastoreEndpoints.Of(new Datastore("s", "host", "h", "us-east-1"), engine: null, "h", 1);
        Assert.That(host.Variables("s").Select(each => each.Key), Is.EqualTo(new[] { "S_HOST", "S_PORT", "S_READER_HOST" }));
        Assert.That(host.Values["reader_host"], Is.EqualTo("h"));
    }

    private static ImmutableDictionary<string, string> Known(string name, string host, string engine) => new Dictionary<string, string>
    {
        ["engine"] = engine,
        ["host"] = host,
        ["port"] = "5432",
        ["reader_host"] = host,
        ["nodes"] = "",
    }.ToImmutableDictionary(each => $"datastore:{name}/{each.Key}", each => each.Value);

    private static DesiredEnvironment Desired(string environment)
    {
        var (resources, groups) = Read(environment);
        return DesiredEnvironment.Of(resources, groups);
    }

    private static (MergedResources Resources, NodeGroup[] Groups) Read(string environment)
    {
        var read = new ReadManifest(Manifest);
        Assert.That(read.Diagnostics, Is.Empty, string.Join('\n', read.Diagnostics));
        var chosen = read.Manifest.Environments.First(each => each.Name == environment);
        var within = read.Manifest.In(chosen);
        var groups = within.Groups
            .Select(entry => NodeGroupBuilder.Build(GroupReader.ReadOne(within, entry, new(within.Source))!))
            .ToArray();
        return (MergedResources.Of(within, chosen), groups);
    }
}
