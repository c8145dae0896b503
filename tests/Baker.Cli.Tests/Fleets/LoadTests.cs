namespace Baker.Cli.Tests.Fleets;

/// <summary>Changes to a fleet by real processes, while clients keep asking its load balancer: not one request is lost.</summary>
[Platform("Linux")]
public sealed class LoadTests
{
    private const string Group = "12_04-www";
    private const int Connections = 8;

    [SetUp]
    public Task NeedSandboxes() => Sandboxes.RequireAsync();

    [Test]
    public async Task Fleet_ChangedInEveryWayUnderLoad_LosesNoRequest()
    {
        await using var fleet = await FleetProject.ServeAsync(FleetProject.CopyOfRepository(Patient));
        var (address, targetGroup) = await fleet.BalanceAsync("www");
        var first = await BakeAsync(fleet, "version 1");
        await fleet.DoAsync("autoscale:run", Group);
        await BakeAsync(fleet, "version 2");
        await using var load = new HttpLoad(address, Connections);

        await WhileAsync(load, "version 2", "blue-green update", () => fleet.DoAsync("autoscale:update", Group, "--soak", "2s", "--keep", "1s"));
        await WhileAsync(load, "version 1", "blue-green update that keeps the old group", () => fleet.DoAsync("autoscale:update", Group, "--image", first, "--no-wait"));
        await WhileAsync(load, "version 2", "rollback", () => fleet.DoAsync("autoscale:rollback", Group));
        await WhileAsync(load, "version 1", "rolling update", () => fleet.DoAsync("autoscale:update", Group, "--image", first, "--strategy", "rolling"));
        Write(fleet, "version 3");
        await WhileAsync(load, "version 3", "deploy with a drain", () => fleet.DoAsync("instance:deploy", Group, "--drain"));

        // The scripts write another page first; a node that converges in service would show it.
        Assert.That(load.Bodies, Is.EquivalentTo(new[] { "www: version 1", "www: version 2", "www: version 3" }));
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(2));
        Assert.That(await fleet.LeftAsync(Group), Is.Empty);
    }

    [Test]
    public async Task Maintenance_OnAndOffUnderLoad_EveryRequestMeanwhileGetsThePageAndNoneIsLost()
    {
        const string Page = "<h1>Back at noon</h1>\n";
        await using var fleet = await FleetProject.ServeAsync(FleetProject.CopyOfRepository(Patient));
        var (address, targetGroup) = await fleet.BalanceAsync("www");
        await BakeAsync(fleet, "version 1");
        await fleet.DoAsync("autoscale:run", Group);
        fleet.Project.Write("down.html", Page);
        await using var load = new HttpLoad(address, Connections, Page);
        await load.OnlyAsync("www: version 1");

        await fleet.DoAsync("maintenance:on", Group, "--page", "down.html");
        var underWay = load.Total + Connections; // at most one on each connection
        var noticed = load.Noticed;
        await Wait.UntilAsync(() => Task.FromResult(load.Noticed > noticed + (10 * Connections)), "the notice");
        var during = load.Total;
        await fleet.DoAsync("maintenance:off", Group);
        noticed = load.Noticed + Connections;
        await load.OnlyAsync("www: version 1");

        Assert.That(load.Lost, Is.Empty);
        Assert.That(during, Is.LessThanOrEqualTo(underWay));
        Assert.That(load.Noticed, Is.LessThanOrEqualTo(noticed));
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(2));
        Assert.That(await fleet.LeftAsync(Group), Is.Empty);
        TestContext.Progress.WriteLine($"maintenance: {load.Noticed} requests got the notice, {load.Total} an answer, none was lost");
    }

    [Test]
    public async Task Release_UnderLoadKilledInItsMigrationThenRolledBack_ShowsThePageAndNeverAMixture()
    {
        const string Page = "<h1>Back at noon</h1>\n";
        await using var fleet = await FleetProject.ServeAsync(FleetProject.CopyOfRepository(manifest => Patient(manifest).Replace(
            "\"provision\": [\"scripts/www.sh\"]",
            """
            "provision": ["scripts/www.sh"], "tasks": {"migrate": "migrate.sh", "unmigrate": "unmigrate.sh"}
            """,
            StringComparison.Ordinal)));
        fleet.Project.Write("migrate.sh", "echo migrating; sleep 3\n");
        fleet.Project.Write("unmigrate.sh", "echo unmigrated\n");
        fleet.Project.Write("down.html", Page);
        var (address, targetGroup) = await fleet.BalanceAsync("www");
        await BakeAsync(fleet, "version 1");
        await fleet.DoAsync("autoscale:run", Group);
        await BakeAsync(fleet, "version 2");
        string[] release = ["autoscale:update", Group, "--strategy", "replace", "--maintenance", "down.html", "--before", "migrate", "--undo", "unmigrate", "--no-wait"];
        await using var load = new HttpLoad(address, Connections, Page);
        await load.OnlyAsync("www: version 1");

        using (var killed = new PackageProcess(fleet.Project, release, (self, line) =>
        {
            if (line.Contains("migrating", StringComparison.Ordinal))
            {
                self.Kill();
            }
        }))
        {
            await killed.EndAsync();
        }

        var answered = load.Total;
        var noticed = load.Noticed;
        await Wait.UntilAsync(() => Task.FromResult(load.Noticed > noticed + (10 * Connections)), "the notice");
        Assert.That(load.Total, Is.EqualTo(answered), "the release is killed, and the notice is on");
        var goesOn = await fleet.DoAsync(release);
        await load.OnlyAsync("www: version 2");
        var forward = load.Noticed;
        var back = await fleet.DoAsync("autoscale:rollback", Group);
        await load.OnlyAsync("www: version 1");

        Assert.That(load.Lost, Is.Empty);
        Assert.That(load.Turns, Is.EqualTo(new[] { "www: version 1", "www: version 2", "www: version 1" }));
        Assert.That(goesOn.Error, Does.Contain("it has been run before\n").And.Not.Contain("migrating"));
        Assert.That(back.Error, Does.Contain("unmigrated\n"));
        Assert.That(load.Noticed, Is.GreaterThan(forward));
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(2));
        Assert.That(await fleet.LeftAsync(Group), Is.Empty);
        TestContext.Progress.WriteLine($"release: {forward} requests got the notice, {load.Noticed - forward} in its rollback, {load.Total} an answer, none was lost");
    }

    // On a busy machine an instance may take its time to serve; the warm-up would otherwise be as long as the grace.
    private static string Patient(string manifest) => manifest.Replace("\"grace\": 30}", "\"grace\": 300}, \"warmup\": 10", StringComparison.Ordinal);

    /// <summary>Under load, a change loses nothing, and after it the new answer is the only one.</summary>
    private static async Task WhileAsync(HttpLoad load, string version, string change, Func<Task> work)
    {
        var before = load.Total;
        await work();
        var answered = load.Total - before;

        Assert.That(load.Lost, Is.Empty, change);
        Assert.That(answered, Is.GreaterThan(Connections), $"{change}: there was no load to speak of");
        await load.OnlyAsync($"www: {version}");
        TestContext.Progress.WriteLine($"{change}: {answered} requests, none lost");
    }

    private static void Write(FleetProject fleet, string version) =>
        fleet.Project.Write("scripts/www.sh", TestProject.Repository("scripts/www.sh").Replace("version 1", version, StringComparison.Ordinal));

    private static async Task<string> BakeAsync(FleetProject fleet, string version)
    {
        Write(fleet, version);
        await fleet.DoAsync("packer:run", Group);
        return fleet.ImageOf(Group);
    }
}
