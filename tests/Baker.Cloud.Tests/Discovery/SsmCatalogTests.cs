using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Discovery;
using Baker.Cloud.Tests.Fleets;
using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Cloud.Tests.Discovery;

/// <summary>The catalogue among the parameters of the local cloud, and of a cloud that nobody here wrote.</summary>
[TestFixture("local")]
[TestFixture("moto")]
internal sealed class SsmCatalogTests(string cloud)
{
    private static readonly ServiceName s_api = ServiceName.Parse("api");
    private FleetStage _stage = null!;

    [SetUp]
    public async Task OpenAsync() => _stage = cloud == "moto" ? await MotoStage.OpenAsync() : await LocalStage.OpenAsync();

    [TearDown]
    public async Task CloseAsync() => await _stage.DisposeAsync();

    [Test]
    public async Task Announce_NewSameAndChanged_ChangesAsMuchAsIsNeeded()
    {
        var catalog = new SsmCatalog(_stage.Context());
        var entry = Entry("i-1");

        Assert.That(await catalog.VersionAsync(default), Is.EqualTo(new CatalogVersion(0, null)));
        Assert.That(await catalog.AnnounceAsync(entry, default), Is.True);
        Assert.That(await catalog.AnnounceAsync(entry with { Since = entry.Since.AddHours(1) }, default), Is.False, "nothing but the time is another");
        Assert.That((await catalog.VersionAsync(default)).Number, Is.EqualTo(1));
        Assert.That(await catalog.ReadAsync(s_api, default), Is.EqualTo(new[] { entry }));

        var moved = entry with { Port = 8081, Since = entry.Since.AddHours(1) };
        Assert.That(await catalog.AnnounceAsync(moved, default), Is.True);
        Assert.That(await catalog.VersionAsync(default), Is.EqualTo(new CatalogVersion(2, new CatalogChange(s_api, "i-1", ServiceState.Serving))));
        Assert.That(await catalog.ReadAsync(null, default), Is.EqualTo(new[] { moved }));
    }

    [Test]
    public async Task Withdraw_ThenRemove_AreToldInThatOrder()
    {
        var catalog = new SsmCatalog(_stage.Context());
        var entry = Entry("i-1");
        await catalog.AnnounceAsync(entry, default);

        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.True);
        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.False);
        var left = (await catalog.ReadAsync(s_api, default)).Single();
        Assert.That(left, Is.EqualTo(entry.Turned(ServiceState.Leaving, left.Since)));
        Assert.That(left.Since, Is.GreaterThan(entry.Since), "since when it leaves, not since when it served");
        Assert.That(await catalog.VersionAsync(default), Is.EqualTo(new CatalogVersion(2, new CatalogChange(s_api, "i-1", ServiceState.Leaving))));

        Assert.That(await catalog.RemoveAsync(s_api, "i-1", default), Is.True);
        Assert.That(await catalog.RemoveAsync(s_api, "i-1", default), Is.False);
        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.False);
        Assert.That(await catalog.ReadAsync(s_api, default), Is.Empty);
        Assert.That((await catalog.VersionAsync(default)).Number, Is.EqualTo(2), "those who look have seen it leave");
    }

    [Test]
    public async Task Announce_AfterItWasWithdrawn_IsServingAgain()
    {
        var catalog = new SsmCatalog(_stage.Context());
        await catalog.AnnounceAsync(Entry("i-1"), default);
        await catalog.WithdrawAsync(s_api, "i-1", default);

        Assert.That(await catalog.AnnounceAsync(Entry("i-1"), default), Is.True);
        Assert.That(await catalog.VersionAsync(default), Is.EqualTo(new CatalogVersion(3, new CatalogChange(s_api, "i-1", ServiceState.Serving))));
    }

    /// <summary>Killed after each of its changes, and done again: the change is there and told, and the third time nothing is left to do.</summary>
    [TestCase("announce", 1)]
    [TestCase("announce", 2)]
    [TestCase("withdraw", 1)]
    [TestCase("withdraw", 2)]
    [TestCase("remove", 1)]
    [TestCase("remove", 2)]
    [TestCase("remove", 3)]
    public async Task Change_KilledAfterAnyRequest_IsFinishedByTheNext(string what, int changes)
    {
        var catalog = new SsmCatalog(_stage.Context());
        if (what != "announce")
        {
            await catalog.AnnounceAsync(Entry("i-1"), default);
        }

        await catalog.AnnounceAsync(Entry("i-2"), default);
        using var cut = new CutHandler(_stage.Handler);
        using var clients = _stage.ClientsThrough(cut);
        cut.Arm(changes);
        Task<bool> DoAsync(SsmCatalog with, CancellationToken stop) => what switch
        {
            "announce" => with.AnnounceAsync(Entry("i-1"), stop),
            "withdraw" => with.WithdrawAsync(s_api, "i-1", stop),
            _ => with.RemoveAsync(s_api, "i-1", stop),
        };
        Assert.That(async () => await DoAsync(new SsmCatalog(_stage.Context(clients: clients)), cut.Dead), Throws.InstanceOf<OperationCanceledException>());
        await catalog.AnnounceAsync(Entry("i-3"), default); // somebody else's change comes between

        await DoAsync(catalog, default);

        var state = what == "announce" ? ServiceState.Serving : ServiceState.Leaving;
        Assert.That(await ToldAsync(), Has.Member(new CatalogChange(s_api, "i-1", state)));
        Assert.That((await catalog.ReadAsync(s_api, default)).Where(entry => entry.Instance == "i-1").Select(entry => entry.State), Is.EqualTo(what == "remove" ? [] : new[] { state }));
        var version = await catalog.VersionAsync(default);
        Assert.That(await DoAsync(catalog, default), Is.False);
        Assert.That(await catalog.VersionAsync(default), Is.EqualTo(version));
    }

    [Test]
    public async Task Announce_ManyChangesLater_IsNotToldAgain()
    {
        var catalog = new SsmCatalog(_stage.Context());
        await catalog.AnnounceAsync(Entry("i-1"), default);
        for (var change = 0; change < 60; change++)
        {
            await catalog.AnnounceAsync(Entry("i-2"), default);
            await catalog.WithdrawAsync(s_api, "i-2", default);
        }

        Assert.That(await catalog.AnnounceAsync(Entry("i-1"), default), Is.False, "SSM has the version that told it no more");
        Assert.That((await catalog.VersionAsync(default)).Number, Is.EqualTo(121));
    }

    [Test]
    public async Task Environments_EachHaveACatalogueOfTheirOwn()
    {
        var staging = new SsmCatalog(_stage.Context() with { Scope = new NodeScope(EnvironmentName.Parse("staging")) });
        await staging.AnnounceAsync(Entry("i-1"), default);

        Assert.That(await staging.ReadAsync(null, default), Has.Length.EqualTo(1));
        var none = new SsmCatalog(_stage.Context());
        Assert.That(await none.ReadAsync(null, default), Is.Empty);
        Assert.That((await none.VersionAsync(default)).Number, Is.Zero);
        var parameters = (await _stage.Clients.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = "/baker", Recursive = true })).Parameters;
        Assert.That(parameters.Select(each => each.Name), Is.EquivalentTo(new[] { "/baker/env/staging/services/_version", "/baker/env/staging/services/api/i-1" }));
        foreach (var parameter in parameters)
        {
            var tags = await _stage.Clients.SSM.ListTagsForResourceAsync(new ListTagsForResourceRequest { ResourceType = ResourceTypeForTagging.Parameter, ResourceId = parameter.Name });
            Assert.That(tags.TagList.Select(tag => (tag.Key, tag.Value)), Has.Member(("baker:environment", "staging")), parameter.Name);
        }
    }

    [Test]
    public async Task Read_ManyAndSomeThatAreNone_IsWhatIsOneSorted()
    {
        var catalog = new SsmCatalog(_stage.Context());
        for (var node = 0; node < 25; node++)
        {
            await catalog.AnnounceAsync(Entry($"i-{node:00}") with { Service = ServiceName.Parse(node % 2 == 0 ? "api" : "worker") }, default);
        }

        await PutAsync("/baker/services/api/i-98", "{}");
        await PutAsync("/baker/services/api/i-99", Entry("i-00").ToText()); // another's name
        await PutAsync("/baker/services/worker/i-00", Entry("i-00").ToText()); // another service's

        var all = await catalog.ReadAsync(null, default);

        Assert.That(all.Select(entry => $"{entry.Service}/{entry.Instance}"), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal).And.Exactly(25).Items);
        Assert.That((await catalog.ReadAsync(s_api, default)).Select(entry => entry.Service).Distinct(), Is.EqualTo(new[] { s_api }));
        Assert.That(_stage.Said, Is.EqualTo(new[]
        {
            "/baker/services/api/i-98, /baker/services/api/i-99, /baker/services/worker/i-00 are no entries of the catalogue, and are passed over; aws ssm delete-parameter --name /baker/services/api/i-98 removes the first.",
            "/baker/services/api/i-98, /baker/services/api/i-99 are no entries of the catalogue, and are passed over; aws ssm delete-parameter --name /baker/services/api/i-98 removes the first.",
        }));

        Assert.That(await catalog.RemoveAsync(s_api, "i-98", default), Is.True);
        Assert.That(await catalog.WithdrawAsync(s_api, "i-99", default), Is.True);
        Assert.That(await catalog.ReadAsync(s_api, default), Has.Length.EqualTo(13));
    }

    private static ServiceEntry Entry(string instance) => new()
    {
        Service = s_api,
        Group = FleetStage.Group,
        Instance = instance,
        Address = "10.0.0.7",
        Port = 8080,
        Since = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero),
    };

    private async Task PutAsync(string name, string value) =>
        await _stage.Clients.SSM.PutParameterAsync(new PutParameterRequest { Name = name, Value = value, Type = ParameterType.String });

    private async Task<IEnumerable<CatalogChange?>> ToldAsync() =>
        (await _stage.Clients.SSM.GetParameterHistoryAsync(new GetParameterHistoryRequest { Name = "/baker/services/_version" })).Parameters
            .Select(version => CatalogChange.TryParse(version.Value));
}
