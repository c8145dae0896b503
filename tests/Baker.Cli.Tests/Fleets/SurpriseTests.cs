using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>Commands on fleets that do no more, and no less, than whoever typed them would think.</summary>
public sealed class SurpriseTests
{
    private TestProject _project = null!;

    [SetUp]
    public void Begin() => _project = TestProject.OnAQuickCloud("""
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "provision": ["a.sh"]},
          "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0,
            "canary": {"steps": ["5% 1s", "100%"], "checks": [{"metric": "healthy_hosts", "min": 1}]}}}
        }
        """);

    [TearDown]
    public void End() => _project.Dispose();

    [Test]
    public async Task Update_FleetIsCurrent_DoesNothingAndSaysSo()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");

        var dry = await DoAsync("autoscale:update www --dry-run");
        var update = await DoAsync("autoscale:update www");
        var json = (await DoAsync("autoscale:update www --json")).End;
        var sized = await _project.RunAsync("autoscale:update", "www", "--max", "8");
        var one = await FleetsAsync();
        await DoAsync("autoscale:update www --force");

        Assert.That(dry.Out, Does.Contain("www: www-v001 is current").Or.Empty);
        Assert.That(update.Out, Does.StartWith("www: www-v001 is current, and serves ami-").And.EndWith("; --force replaces it all the same\n"));
        Assert.That((json["steps"]!.Count(), (string?)json["result"]!["serves"]), Is.EqualTo((0, "www-v001")));
        Assert.That(sized.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(sized.Error, Does.Contain("--max is of no use: www is current").And.Contain("autoscale:scale www sizes it as it is"));
        Assert.That((one, await FleetsAsync()), Is.EqualTo(("www-v001", "www-v002")));
    }

    [Test]
    public async Task Update_TheManifestAsksForAnotherFleet_ReplacesItAlthoughTheImageIsTheSame()
    {
        await DoAsync("packer:run");
        var image = ImageOf();
        await DoAsync($"autoscale:run www --image {image}");
        Edit("\"timeout\": 0", "\"timeout\": 0, \"health_check\": {\"type\": \"ec2\", \"grace\": 77}");

        await DoAsync($"autoscale:update www --image {image}");
        Edit("\"node_max\": 4", "\"node_max\": 5");
        var same = await DoAsync($"autoscale:update www --image {image}");

        Assert.That(await FleetsAsync(), Is.EqualTo("www-v002"));
        Assert.That(same.Out, Does.Contain("www-v002 is current"), "sizes are no reason to replace it");
    }

    [Test]
    public async Task Update_AnEarlierOneKeepsTheOldFleet_RetiresItAndGoesOnToTheNewerImage()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        _project.Write("a.sh", "true # 2\n");
        await DoAsync("packer:run");
        await DoAsync("autoscale:update www --no-wait");
        _project.Write("a.sh", "true # 3\n");
        await DoAsync("packer:run");

        var update = await DoAsync("autoscale:update www");

        Assert.That(await FleetsAsync(), Is.EqualTo("www-v003"));
        Assert.That(update.Error, Does.Contain("delete Auto Scaling group www-v001").And.Contain($"There is another image by now: {ImageOf()}."));
        Assert.That(update.Out, Is.EqualTo($"www: www-v003 serves {ImageOf()}\n"));
    }

    [Test]
    public async Task Update_AnEarlierOneKeepsTheOldFleetAndNothingIsNewer_RetiresItAlone()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        await DoAsync("autoscale:update www --force --no-wait");

        var update = await DoAsync("autoscale:update www");
        await DoAsync("autoscale:update www --force --no-wait");
        _project.Write("a.sh", "true # not baked\n");
        var stale = await DoAsync("autoscale:update www");

        Assert.That(update.Out, Is.EqualTo($"www: www-v002 serves {ImageOf()}\n"));
        Assert.That(update.Error, Does.Contain("delete Auto Scaling group www-v001").And.Not.Contain("another image"));
        Assert.That(stale.Error, Does.Contain("Is there another image by now? No: The newest image of www").And.Contain("is stale"));
        Assert.That(await FleetsAsync(), Is.EqualTo("www-v003"));
    }

    [Test]
    public async Task Update_ThatComesBackAtOnceIsSaidAgain_RetiresTheOldFleetAndGoesOnToTheNewerImage()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        await BakeAsync(2);
        await DoAsync("autoscale:update www --no-wait");
        await BakeAsync(3);

        var newer = await DoAsync("autoscale:update www --no-wait");
        var both = await FleetsAsync();
        var again = await DoAsync("autoscale:update www --no-wait");
        var one = await FleetsAsync();
        var current = await DoAsync("autoscale:update www --no-wait");

        Assert.That(newer.Out, Is.EqualTo($"www: www-v003 serves {ImageOf()}; www-v002 is kept until the next autoscale:update or autoscale:rollback www\n"));
        Assert.That(newer.Error, Does.Contain("delete Auto Scaling group www-v001").And.Contain($"There is another image by now: {ImageOf()}."));
        Assert.That(both.Split(' '), Is.EquivalentTo(new[] { "www-v002", "www-v003" }));
        Assert.That((again.Out, one), Is.EqualTo(($"www: www-v003 serves {ImageOf()}\n", "www-v003")));
        Assert.That(current.Out, Does.StartWith("www: www-v003 is current"));
    }

    [Test]
    public async Task Canary_TheNextImageComesInTheSameCommand_IsJudgedByACanaryOfItsOwn()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        await BakeAsync(2);
        await DoAsync("autoscale:update www --strategy canary --no-wait");
        var second = ImageOf();
        await BakeAsync(3);

        var rolling = await DoAsync("autoscale:update www --strategy rolling");
        var stays = await FleetsAsync();
        await DoAsync("autoscale:update www --strategy canary --no-wait");
        await BakeAsync(4);
        var plain = await DoAsync("autoscale:update www");

        Assert.That(rolling.Error, Does.Contain($"would come by --strategy rolling, judged by nothing, after a canary of {second}."));
        Assert.That((rolling.Out, stays), Is.EqualTo(($"www: www-v002 serves {second}\n", "www-v002")));
        Assert.That(plain.Error, Does.Contain("delete Auto Scaling group www-v002").And.Contain(". watch 1 of www-v004 beside the old ones (5%)"));
        Assert.That((plain.Out, await FleetsAsync()), Is.EqualTo(($"www: www-v004 serves {ImageOf()}\n", "www-v004")));
    }

    [Test]
    public async Task Maintenance_AnOldFleetIsKept_SaysWhichServesAndWhatToDo()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        await DoAsync("autoscale:update www --force --no-wait");

        var run = await _project.RunAsync("maintenance:on", "www");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Match("www has two fleets: www-v002 serves, and www-v001 is kept out of service for autoscale:rollback www until 20[^ ]+Z\\.\n"));
        Assert.That(run.Error, Does.Contain("autoscale:update www --no-wait retires www-v001 now; autoscale:rollback www puts it back."));
    }

    [Test]
    public async Task Update_GoesOnWithOptionsThatComeTooLate_SaysThatTheyAreNotTaken()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        await DoAsync("autoscale:update www --force --no-wait");

        var update = await DoAsync("autoscale:update www --min 2 --desired 4 --on-error keep --soak 1h");

        Assert.That(update.Error, Does.Contain("WARNING --min, --desired and --on-error are not taken: what ").And.Contain("WARNING --soak is not taken: both do not serve any more."));
    }

    [Test]
    public async Task Suspended_EveryLaterCommandOfTheGroup_WarnsUntilItIsResumed()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        await DoAsync("autoscale:suspend www AZRebalance");
        const string Warning = "WARNING www-v001: suspended: AZRebalance (package autoscale:resume www resumes what autoscale:suspend suspended)\n";

        foreach (var command in new[] { "autoscale:scale www 3", "autoscale:update www", "autoscale:update www --force --dry-run", "instance:deploy www --dry-run", "autoscale:delete www --dry-run" })
        {
            Assert.That((await _project.RunAsync(command.Split(' '))).Error, Does.Contain(Warning), command);
        }

        await DoAsync("autoscale:resume www");
        Assert.That((await DoAsync("autoscale:scale www 2")).Error, Does.Not.Contain("suspended"));
    }

    [Test]
    public async Task Image_IsNamed_ByItsNameAsByItsId()
    {
        await DoAsync("packer:run");
        var name = (string)JObject.Parse(_project.Read("builds/www.json"))["name"]!;
        using var key = System.Security.Cryptography.RSA.Create(2048);
        _project.Write("key.pem", key.ExportRSAPrivateKeyPem());

        foreach (var command in new[]
        {
            new[] { "autoscale:run", "www", "--image", name },
            ["autoscale:update", "www", "--force", "--image", name],
            ["instance:create", "www", "--key", "key.pem", "--name", "one", "--zone", "us-east-1a", "--image", name],
            ["image:show", name],
            ["image:diff", name, name],
            ["image:promote", "www", name, "--to", "live"],
            ["image:revoke", name, "--why", "old"],
            ["image:revoke", name, "--undo"],
        })
        {
            var run = await _project.RunAsync(command);
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), string.Join(' ', command) + run.Error);
        }
    }

    [Test]
    public async Task RolledBack_TheNewerContentComesAgain_IsWarnedOf()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        _project.Write("a.sh", "true # 2\n");
        await DoAsync("packer:run");
        await DoAsync("autoscale:update www --no-wait");
        var newer = ImageOf();
        await DoAsync("autoscale:rollback www");

        var deploy = await _project.RunAsync("instance:deploy", "www", "--dry-run");
        var update = await _project.RunAsync("autoscale:update", "www", "--dry-run");
        var back = await _project.RunAsync("instance:deploy", "www", "--bring-back", "--dry-run");
        _project.Write("a.sh", "true\n");
        var reverted = await _project.RunAsync("instance:deploy", "www", "--dry-run");

        Assert.That(deploy.Error, Does.Match($"WARNING www-v001 was put back at 20[^ ]+ by [^ ]+, in place of {newer}: this deploys what the project has now"));
        Assert.That(update.Error, Does.Match($"WARNING www-v001 was put back at 20[^ ]+ by [^ ]+, in place of {newer}, which comes again now"));
        Assert.That(back.Error, Does.Not.Contain("was put back"), "it deploys nothing");
        Assert.That(reverted.Error, Does.Not.Contain("was put back"), "the project is what the fleet was made from");
    }

    [Test]
    public async Task Sizes_ChangedInTheManifest_AreShownAndAppliedWhereAsked()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        Edit("\"node_min\": 2, \"node_max\": 4", "\"node_min\": 3, \"node_max\": 8");

        var status = await DoAsync("autoscale:status www");
        var json = JArray.Parse((await DoAsync("autoscale:status --json")).Out)[0]["size_drift"]!;
        var dry = await _project.RunAsync("autoscale:scale", "www", "--from-manifest", "--dry-run");
        var both = await _project.RunAsync("autoscale:scale", "www", "--from-manifest", "--min", "1");
        var scaled = await DoAsync("autoscale:scale www --from-manifest");
        var after = await DoAsync("autoscale:status www");
        var again = await DoAsync("autoscale:scale www --from-manifest");

        Assert.That(status.Out, Does.Contain("www: nodes.json says node_min 3 (it has 2), node_max 8 (it has 4): autoscale:scale www --from-manifest\n"));
        Assert.That(json.Select(each => ((string?)each["name"], (string?)each["has"], (string?)each["manifest"])), Is.EqualTo(new[] { ("node_min", "2", "3"), ("node_max", "4", "8") }));
        Assert.That((dry.Code, dry.Out), Is.EqualTo((ExitCode.Changes, "  1. set www-v001 from 2 (minimum 2, maximum 4) to 3 (minimum 3, maximum 8)\n")));
        Assert.That(both.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(scaled.Out, Is.EqualTo("www-v001 is set to 3 (minimum 3, maximum 8)\n"));
        Assert.That(after.Out, Does.Not.Contain("nodes.json says"));
        Assert.That(again.Out, Does.Contain("already"));
    }

    [Test]
    public async Task Delete_OnATerminal_AsksFirst()
    {
        await DoAsync("packer:run");
        await DoAsync("autoscale:run www");
        _project.Answer = "n\n";

        var no = await _project.RunAsync("autoscale:delete", "www");
        var there = await FleetsAsync();
        _project.Answer = "y\n";
        var yes = await _project.RunAsync("autoscale:delete", "www");

        Assert.That((no.Code, there), Is.EqualTo((ExitCode.BadInput, "www-v001")), no.Error);
        Assert.That(no.Error, Does.Contain("On the local cloud, us-east-1:\nwww-v001 of www has 2 instances in 0 target groups.\n").And.Contain("Not confirmed; nothing was changed."));
        Assert.That(yes.Code, Is.EqualTo(ExitCode.Done), yes.Error);
    }

    private async Task BakeAsync(int version)
    {
        _project.Write("a.sh", $"true # {version}\n");
        await DoAsync("packer:run");
    }

    [Test]
    public async Task Run_ImageOfAnotherGroup_IsWarnedOf()
    {
        Edit("\"www\": {", "\"api\": {}, \"www\": {");
        await DoAsync("packer:run");
        var other = (string)JObject.Parse(_project.Read("builds/api.json"))["image"]!;

        var run = await DoAsync($"autoscale:run www --image {other}");
        var own = await DoAsync($"autoscale:update www --image {ImageOf()}");

        Assert.That(run.Error, Does.Contain($"WARNING www: {other} was baked for api, and not for this group\n"));
        Assert.That(own.Error, Does.Not.Contain("was baked for"));
    }

    private void Edit(string from, string to) => _project.Write("nodes.json", _project.Read("nodes.json").Replace(from, to, StringComparison.Ordinal));

    private string ImageOf() => (string)JObject.Parse(_project.Read("builds/www.json"))["image"]!;

    private async Task<string> FleetsAsync() => string.Join(' ', JArray.Parse((await DoAsync("autoscale:status www --json")).Out)[0]["fleets"]!.Select(fleet => (string?)fleet["name"]));

    private async Task<ProgramRun> DoAsync(string command)
    {
        var run = await _project.RunAsync(command.Split(' '));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}\n{run.Out}{run.Error}");
        return run;
    }
}
