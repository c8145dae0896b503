using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Bakes;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests;

/// <summary>What an image is made from, what points at it, when it is not to be used, and how long it stays.</summary>
internal sealed class ImageLineageTests
{
    private const string Generations = """
        "www": {"source_ami": null, "source_group": "runtime"},
        "runtime": {"source_ami": null, "source_group": "base", "description": "one"},
        "base": {"description": "one"}
        """;

    private const string Fleet = """
        "www": {"image_channel": "production", "autoscale": {"node_min": 1, "node_max": 2, "timeout": 0}}
        """;

    [Test]
    public async Task Run_ThreeGenerations_BakesEachFromTheOneBefore()
    {
        using var stage = new BakeStage(Generations, scale: 0.01);

        await DoAsync(stage, "packer:run --no-exec --json");
        var images = await ListAsync(stage);

        Assert.That(images["base"]!["source"]!.Value<string>(), Is.EqualTo("ami-1ebb2077"));
        Assert.That(images["runtime"]!["source"], Is.EqualTo(images["base"]!["id"]));
        Assert.That(images["www"]!["source"], Is.EqualTo(images["runtime"]!["id"]));
        Assert.That(images.Values.Select(image => image["content"]!.Value<string>()), Is.All.EqualTo("current"));
    }

    [Test]
    public async Task List_Tree_PutsEachBelowItsSource()
    {
        using var stage = new BakeStage(Generations, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");

        var run = await stage.Project.RunAsync("image:list", "--tree");

        var lines = run.Out.Split('\n').Where(line => line.Contains("ami-", StringComparison.Ordinal) && !line.Contains("used by", StringComparison.Ordinal)).ToList();
        Assert.That(lines[0], Does.Match("^ami-.* base "));
        Assert.That(lines[1], Does.Match("^  ami-.* runtime "));
        Assert.That(lines[2], Does.Match("^    ami-.* www "));
    }

    [Test]
    public async Task DryRun_OfAGroupWhoseSourceIsStale_BakesBothInOrder()
    {
        using var stage = new BakeStage(Generations, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        stage.Project.Write("nodes.json", stage.Project.Read("nodes.json").Replace("\"base\": {\"description\": \"one\"", "\"base\": {\"description\": \"two\"", StringComparison.Ordinal));

        var alone = await stage.Project.RunAsync("packer:run", "www", "--dry-run");
        var dry = await stage.Project.RunAsync("packer:run", "--dry-run");
        var real = await stage.Project.RunAsync("packer:run", "--no-exec");
        var images = await ListAsync(stage);

        Assert.That(alone.Code, Is.EqualTo(ExitCode.Done), "its source has no newer image yet");
        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(dry.Out, Does.Match("(?s)base.*runtime.*www"));
        Assert.That(real.Code, Is.EqualTo(ExitCode.Done), real.Error);
        Assert.That(images["www"]!["source"], Is.EqualTo(images["runtime"]!["id"]));
        Assert.That(images["runtime"]!["source"], Is.EqualTo(images["base"]!["id"]));
    }

    [Test]
    public async Task Run_FiftyGroupsInThreeGenerations_TakesFewCalls()
    {
        var groups = Enumerable.Range(0, 50).Select(number => number switch
        {
            < 5 => $"\"base-{number}\": {{}}",
            < 20 => $"\"runtime-{number}\": {{\"source_ami\": null, \"source_group\": \"base-{number % 5}\"}}",
            _ => $"\"www-{number}\": {{\"source_ami\": null, \"source_group\": \"runtime-{5 + (number % 15)}\"}}",
        });
        using var stage = new BakeStage(string.Join(",\n", groups), scale: 0.02);
        using var calls = new CallCounter();
        stage.Project.Network = calls.Of;

        await DoAsync(stage, "packer:run --no-exec --json");
        var images = await ListAsync(stage);

        Assert.That(images, Has.Count.EqualTo(50));
        Assert.That(images.Values.Select(image => image["content"]!.Value<string>()), Is.All.EqualTo("current"));
        Assert.That(calls.Count, Is.LessThanOrEqualTo((3 * 60) + (5 * 50)));
        TestContext.Out.WriteLine($"{calls.Count} calls");
    }

    [Test]
    public async Task Run_GroupWhoseSourceIsNewer_IsStaleUntilItIsBaked()
    {
        using var stage = new BakeStage(Generations, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        await DoAsync(stage, "packer:run base --force --no-exec --json");

        var before = await ListAsync(stage);
        await DoAsync(stage, "packer:run --no-exec --json");
        var after = await ListAsync(stage);

        Assert.That(before["runtime"]!["content"]!.Value<string>(), Is.EqualTo("stale"));
        Assert.That(before["www"]!["content"]!.Value<string>(), Is.EqualTo("current"), "its own source is as it was");
        Assert.That(after.Values.Select(image => image["content"]!.Value<string>()), Is.All.EqualTo("current"));
    }

    [Test]
    public async Task Run_SourceThatFails_BeginsNothingOfIt()
    {
        using var stage = new BakeStage(Generations, scale: 0.01);
        stage.Project.Write("nodes.json", stage.Project.Read("nodes.json").Replace("\"base\": {", "\"base\": {\"instance_type\": \"z9.none\", ", StringComparison.Ordinal));

        var run = await stage.Project.RunAsync("packer:run", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error + run.Out);
        Assert.That(run.Out, Does.Contain("runtime failed: not begun: the bake of base, whose image it starts from, failed"));
        Assert.That(run.Out, Does.Contain("www failed: not begun: the bake of runtime"));
        Assert.That((await stage.LookAsync()).Launched, Is.Zero);
    }

    [Test]
    public async Task Promote_NewestAndBack_IsAParameterThatOthersRead()
    {
        using var stage = new BakeStage("\"www\": {}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var first = (await ListAsync(stage))["www"]!["id"]!.Value<string>()!;
        await DoAsync(stage, "image:promote www --to production --json");
        await DoAsync(stage, "packer:run --force --no-exec --json");
        var second = (await ListAsync(stage))["www"]!["id"]!.Value<string>()!;

        var dry = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--dry-run");
        var promoted = await stage.Project.RunAsync("image:promote", "www", "--to", "production");
        var again = await stage.Project.RunAsync("image:promote", "www", "--to", "production");
        var listed = await stage.Project.RunAsync("image:channels", "--history", "--json");
        var parameter = await stage.AskAsync(region => region.Clients.SSM.GetParameterAsync(new GetParameterRequest { Name = "/baker/images/www/production" }));
        var back = await stage.Project.RunAsync("image:rollback", "www", "--channel", "production");
        var further = await stage.Project.RunAsync("image:rollback", "www", "--channel", "production");

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(dry.Out, Does.Contain($"point www:production in us-east-1 at {second}").And.Contain($"it is {first} now"));
        Assert.That(promoted.Out, Does.Contain($"www:production is {second}"));
        Assert.That(again.Out, Does.Contain("already"));
        Assert.That(parameter.Parameter.Value, Is.EqualTo(second));
        Assert.That(parameter.Parameter.DataType, Is.EqualTo("aws:ec2:image"));
        Assert.That(JArray.Parse(listed.Out).Select(row => row["image"]!.Value<string>()), Is.EqualTo(new[] { second, first }));
        Assert.That(back.Code, Is.EqualTo(ExitCode.Done), back.Error);
        Assert.That(back.Out, Does.Contain($"www:production is {first}"));
        Assert.That(further.Code, Is.EqualTo(ExitCode.BadInput), "back once more is not forward to what was left");
        Assert.That(further.Error, Does.Contain("has pointed at no other image").And.Contain("image:promote www IMAGE --to production"));
    }

    [Test]
    public async Task Promote_WhatMayNotBeUsed_IsRefused()
    {
        using var stage = new BakeStage("\"www\": {}, \"bee\": {}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var images = await ListAsync(stage);

        var ofOther = await stage.Project.RunAsync("image:promote", "www", images["bee"]!["id"]!.Value<string>()!, "--to", "production");
        var missing = await stage.Project.RunAsync("image:promote", "www", "ami-00000000000000000", "--to", "production");
        var noChannel = await stage.Project.RunAsync("image:promote", "www");
        var badName = await stage.Project.RunAsync("image:promote", "www", "--to", "Production/1");
        var noHistory = await stage.Project.RunAsync("image:rollback", "www", "--channel", "production");

        Assert.That(new[] { ofOther, missing, noChannel, badName, noHistory }.Select(run => run.Code), Is.All.EqualTo(ExitCode.BadInput));
        Assert.That(ofOther.Error, Does.Contain("is no image of www"));
        Assert.That(missing.Error, Does.Contain("is not in us-east-1"));
        Assert.That(noChannel.Error, Does.Contain("Which channel?"));
        Assert.That(badName.Error, Does.Contain("cannot be the name of a channel"));
        Assert.That(noHistory.Error, Does.Contain("has no channel production"));
    }

    [Test]
    public async Task Fleet_OfAChannel_TakesItsImageAndNotTheNewest()
    {
        using var stage = new BakeStage(Fleet, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var first = (await ListAsync(stage))["www"]!["id"]!.Value<string>()!;

        var without = await stage.Project.RunAsync("autoscale:run", "www", "--no-exec");
        var noFleet = await stage.Project.RunAsync("image:promote", "www", "--to", "production");
        stage.Project.Write("nodes.json", stage.Project.Read("nodes.json").Replace("\"www\": {", "\"www\": {\"description\": \"two\", ", StringComparison.Ordinal));
        await DoAsync(stage, "packer:run --no-exec --json");
        var run = await stage.Project.RunAsync("autoscale:run", "www", "--no-exec", "--json");
        var status = await stage.Project.RunAsync("autoscale:status", "www");
        var withFleet = await stage.Project.RunAsync("image:promote", "www", "--to", "production");
        var behind = await stage.Project.RunAsync("autoscale:status", "www");

        Assert.That(noFleet.Out, Does.Contain("package autoscale:run www").And.Contain("makes a fleet of it").And.Not.Contain("autoscale:update"));
        Assert.That(withFleet.Out, Does.Contain("its fleet takes it with package autoscale:update www"));
        Assert.That(behind.Out, Does.Contain("not what production points at"));
        Assert.That(without.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(without.Error, Does.Contain("www has no channel production").And.Contain("image:promote www --to production"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.End["result"]!["image"]!.Value<string>(), Is.EqualTo(first));
        Assert.That(status.Out, Does.Contain("current"));
    }

    [Test]
    public async Task Revoke_ImageThatRuns_WarnsAndKeepsItFromNewFleets()
    {
        using var stage = new BakeStage(Fleet.Replace("\"image_channel\": \"production\", ", "", StringComparison.Ordinal), scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var image = (await ListAsync(stage))["www"]!["id"]!.Value<string>()!;
        await DoAsync(stage, "autoscale:run www --no-exec --json");

        var noWhy = await stage.Project.RunAsync("image:revoke", image);
        var revoked = await stage.Project.RunAsync("image:revoke", image, "--why", "CVE-2026-1 in zlib");
        var status = await stage.Project.RunAsync("autoscale:status", "www");
        var update = await stage.Project.RunAsync("autoscale:update", "www");
        var named = await stage.Project.RunAsync("autoscale:update", "www", "--image", image);
        var undone = await stage.Project.RunAsync("image:revoke", image, "--undo");
        var list = await ListAsync(stage);

        Assert.That(noWhy.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(revoked.Code, Is.EqualTo(ExitCode.Done), revoked.Error);
        Assert.That(revoked.Error, Does.Contain($"{image} is used by Auto Scaling group www-v001"));
        Assert.That(status.Out, Does.Contain($"WARNING www-v001: its image {image} is revoked: CVE-2026-1 in zlib"));
        Assert.That(update.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(update.Error, Does.Contain("no image in us-east-1 that may be used"));
        Assert.That(named.Error, Does.Contain($"{image} is revoked: CVE-2026-1 in zlib"));
        Assert.That(undone.Code, Is.EqualTo(ExitCode.Done), undone.Error);
        Assert.That(list["www"]!["revoked"]!.Type, Is.EqualTo(JTokenType.Null));
    }

    [Test]
    public async Task Revoke_WithDescendants_DisablesWhatNothingUses()
    {
        using var stage = new BakeStage(Generations, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var image = (await ListAsync(stage))["base"]!["id"]!.Value<string>()!;

        await DoAsync(stage, $"image:revoke {image} --descendants --why old --json");
        var after = await ListAsync(stage);
        var child = await stage.Project.RunAsync("packer:run", "runtime", "--no-exec");
        var restored = await stage.Project.RunAsync("image:revoke", image, "--undo", "--descendants");
        var end = await ListAsync(stage);

        Assert.That(after.Values.Select(each => each["state"]!.Value<string>()), Is.All.EqualTo("disabled"));
        Assert.That(child.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(child.Out, Does.Contain("base, which has none in us-east-1 that may be used"));
        Assert.That(restored.Code, Is.EqualTo(ExitCode.Done), restored.Error);
        Assert.That(end.Values.Select(each => each["state"]!.Value<string>()), Is.All.EqualTo("available"));
    }

    [Test]
    public async Task Clean_SparesChannelsAndAncestors_UntilTheyAreUsedNoMore()
    {
        using var stage = new BakeStage("\"www\": {\"source_ami\": null, \"source_group\": \"base\"}, \"base\": {}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var old = await ListAsync(stage);
        await DoAsync(stage, "image:promote www --to production --json");
        await DoAsync(stage, "packer:run base --force --no-exec --json");
        await DoAsync(stage, "packer:run www --force --no-exec --json");

        var spared = await stage.Project.RunAsync("packer:clean", "-n", "1", "--yes");
        await DoAsync(stage, "image:promote www --to production --json");
        var cleaned = await stage.Project.RunAsync("packer:clean", "-n", "1", "--yes");

        Assert.That(spared.Error, Does.Contain("used by channel www:production"));
        Assert.That(spared.Error, Does.Contain($"used by image {old["www"]!["id"]} (www)"));
        Assert.That(spared.Out, Is.Empty);
        Assert.That(cleaned.Out, Does.Contain(old["www"]!["id"]!.Value<string>()!).And.Contain(old["base"]!["id"]!.Value<string>()!), "both in one run");
    }

    [Test]
    public async Task Demote_RemovesTheChannelInEveryRegion_ThenItsGroupsImagesCanGo()
    {
        using var stage = new BakeStage("\"www\": {\"ami_regions\": [\"us-west-2\"]}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        await DoAsync(stage, "image:promote www --to production --json");
        var kept = await stage.Project.RunAsync("packer:delete", "www", "--yes");

        var dry = await stage.Project.RunAsync("image:demote", "www", "--channel", "production", "--dry-run");
        var demoted = await stage.Project.RunAsync("image:demote", "www", "--channel", "production");
        var again = await stage.Project.RunAsync("image:demote", "www", "--channel", "production");
        var channels = await stage.Project.RunAsync("image:channels", "--json");
        var deleted = await stage.Project.RunAsync("packer:delete", "www", "--yes");

        Assert.That(kept.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(kept.Error, Does.Contain("image:demote"));
        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes), dry.Error);
        Assert.That(dry.Out, Does.Contain("remove www:production in us-east-1").And.Contain("remove www:production in us-west-2"));
        Assert.That((demoted.Code, demoted.Out), Is.EqualTo((ExitCode.Done, "www:production is no more\n")), demoted.Error);
        Assert.That((again.Code, again.Error.Contains("www has no channel production in us-east-1, us-west-2.", StringComparison.Ordinal)), Is.EqualTo((ExitCode.BadInput, true)), again.Error);
        Assert.That(JArray.Parse(channels.Out), Is.Empty);
        Assert.That(deleted.Code, Is.EqualTo(ExitCode.Done), deleted.Error);
    }

    [Test]
    public async Task Demote_OfTheChannelThatTheManifestNames_Refuses()
    {
        using var stage = new BakeStage("\"www\": {\"image_channel\": \"production\"}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        await DoAsync(stage, "image:promote www --to production --json");

        var refused = await stage.Project.RunAsync("image:demote", "www", "--channel", "production");

        Assert.That(refused.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(refused.Error, Does.Contain("\"image_channel\" of www is production"));
        Assert.That(JArray.Parse((await stage.Project.RunAsync("image:channels", "--json")).Out), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Retention_AfterAGoodBake_LeavesTheNewest()
    {
        using var stage = new BakeStage("\"www\": {\"retention\": {\"images\": 2}}, \"aged\": {\"retention\": {\"images\": 1, \"days\": 30}}", scale: 0.01);
        for (var round = 0; round < 4; round++)
        {
            await DoAsync(stage, "packer:run --force --no-exec --json");
        }

        var images = JArray.Parse((await stage.Project.RunAsync("image:list", "--json")).Out);

        Assert.That(images.Count(image => image["group"]!.Value<string>() == "www"), Is.EqualTo(2));
        Assert.That(images.Count(image => image["group"]!.Value<string>() == "aged"), Is.EqualTo(4), "they are younger than 30 days");
    }

    [TestCase("\"www\": {\"source_ami\": null, \"source_group\": \"bse\"}, \"base\": {}", "starts from the image of 'bse', and there is no such group")]
    [TestCase("\"www\": {\"source_ami\": null, \"source_group\": \"base\"}, \"base\": {\"source_ami\": null, \"source_group\": \"www\"}", "www starts from its own image: www from base from www")]
    [TestCase("\"www\": {\"source_ami\": null, \"source_group\": \"www\"}", "www starts from its own image: www from www")]
    [TestCase("\"www\": {\"source_group\": \"base\"}, \"base\": {}", "only one of them can hold")]
    [TestCase("\"www\": {\"source_channel\": \"production\"}", "source_channel and no source_group")]
    [TestCase("\"www\": {\"source_ami\": null, \"source_group\": \"base\", \"region\": \"eu-west-1\"}, \"base\": {}", "is baked in eu-west-1, and base, whose image it starts from, has none there")]
    [TestCase("\"www\": {\"image_channel\": \"ami-production\"}", "image_channel")]
    [TestCase("\"www\": {\"image_channel\": \"/a/b\"}", "image_channel")]
    [TestCase("\"www\": {\"retention\": {\"images\": 0}}", "retention.images")]
    [TestCase("\"www\": {\"retention\": 3}", "retention")]
    [TestCase("\"images\": {}", "No group can be called 'images'")]
    public async Task Manifest_ThatCannotBe_IsADiagnosticAtItsPlace(string groups, string expected)
    {
        using var project = new TestProject(BakeStage.ManifestOf(groups));

        var run = await project.RunAsync("packer:run", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error.Replace('"', '\''), Does.Match("nodes.json:4:[0-9]+: error BK").And.Contain(expected.Replace('"', '\'')));
    }

    private static async Task<JToken> DoAsync(BakeStage stage, string command)
    {
        var run = await stage.Project.RunAsync(command.Split(' '));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}: {run.Error}{run.Out}");
        return run.End;
    }

    /// <summary>The newest image of each group.</summary>
    private static async Task<Dictionary<string, JToken>> ListAsync(BakeStage stage)
    {
        var run = await stage.Project.RunAsync("image:list", "--json");
        return JArray.Parse(run.Out).GroupBy(image => image["group"]!.Value<string>()!).ToDictionary(group => group.Key, group => group.First());
    }

    /// <summary>Counts what goes to the cloud.</summary>
    private sealed class CallCounter : IDisposable
    {
        private readonly List<Counting> _handlers = [];
        private int _count;

        public int Count => _count;

        public HttpMessageHandler Of(HttpMessageHandler cloud)
        {
            var handler = new Counting(() => Interlocked.Increment(ref _count)) { InnerHandler = cloud };
            _handlers.Add(handler);
            return handler;
        }

        public void Dispose() => _handlers.ForEach(handler => handler.Dispose());

        private sealed class Counting(Action count) : DelegatingHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                count();
                return base.SendAsync(request, cancellationToken);
            }
        }
    }
}
