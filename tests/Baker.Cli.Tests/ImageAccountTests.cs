using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Bakes;
using Baker.Cloud;
using Baker.Core;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests;

/// <summary>Images that are given to other accounts, and what those use.</summary>
internal sealed class ImageAccountTests
{
    private const string Channel = "/baker/images/www/production";

    private const string Accounts = """
        , "accounts": {
            "prod": {"id": "222222222222", "role_arn": "arn:aws:iam::222222222222:role/images"},
            "vault": {"id": "333333333333", "role_arn": "arn:aws:iam::333333333333:role/images", "regions": ["us-east-1", "us-west-2"],
              "kms_key_ids": {"us-east-1": "alias/vault", "us-west-2": "alias/vault"}}}
        """;

    [Test]
    public async Task Promote_ToAnotherAccount_SharesTheImageAndWritesTheAccountsChannel()
    {
        using var stage = new BakeStage("\"www\": {}", Accounts, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var image = (await ListAsync(stage))[0];
        var id = image["id"]!.Value<string>()!;

        var dry = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--account", "prod", "--dry-run");
        var untouched = await SharedWithAsync(stage, id);
        var promoted = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--account", "prod");
        var again = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--account", "prod");
        var channels = JArray.Parse((await stage.Project.RunAsync("image:channels", "--account", "prod", "--json")).Out);
        var home = JArray.Parse((await stage.Project.RunAsync("image:channels", "--json")).Out);
        var parameter = await stage.AskSessionAsync(async cloud => await (await cloud.InAsync(Account("222222222222"), "us-east-1")).Region("us-east-1").Clients.SSM.GetParameterAsync(new GetParameterRequest { Name = Channel }));

        Assert.That(dry.Code, Is.EqualTo(ExitCode.Changes), dry.Error);
        Assert.That(dry.Out, Does.Contain($"share {id} \"{image["name"]}\" in us-east-1 with prod (222222222222)").And.Contain($"point www:production of prod in us-east-1 at {id}"));
        Assert.That(untouched, Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
        Assert.That(promoted.Code, Is.EqualTo(ExitCode.Done), promoted.Error);
        Assert.That(promoted.Out, Does.Contain($"www:production of prod is {id}"));
        Assert.That(again.Out, Does.Contain("already"));
        Assert.That(await SharedWithAsync(stage, id), Is.EqualTo((new[] { "222222222222" }, new[] { "222222222222" })));
        Assert.That(channels.Select(row => (row["account"]!.Value<string>(), row["image"]!.Value<string>(), row["name"]!.Value<string>())), Is.EqualTo(new[] { ("prod", id, image["name"]!.Value<string>()) }));
        Assert.That((parameter.Parameter.Value, parameter.Parameter.DataType), Is.EqualTo((id, "aws:ec2:image")));
        Assert.That(home, Is.Empty, "this account's channels are its own");
    }

    [Test]
    public async Task Promote_ToAnAccountWithKeys_CopiesTheImageInEveryRegion()
    {
        using var stage = new BakeStage("\"www\": {\"ami_regions\": [\"us-west-2\"], \"tags\": {\"team\": \"web\"}}", Accounts, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var first = (await ListAsync(stage))[0];
        await DoAsync(stage, "image:promote www --to production --account vault --json");
        await DoAsync(stage, "packer:run --force --no-exec --json");
        var second = await DoAsync(stage, "image:promote www --to production --account vault --json");
        var listed = JArray.Parse((await stage.Project.RunAsync("image:list", "--account", "vault", "--json")).Out);
        var back = await DoAsync(stage, "image:rollback www --channel production --account vault --json");
        var channels = JArray.Parse((await stage.Project.RunAsync("image:channels", "--account", "vault", "--json")).Out);
        var copies = await stage.AskSessionAsync(async cloud => (await (await cloud.InAsync(Account("333333333333"), "us-east-1")).Region("us-west-2").Clients.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images);

        Assert.That(second["result"]!["images"]!.Children<JProperty>().Select(image => image.Name), Is.EquivalentTo(new[] { "us-east-1", "us-west-2" }));
        Assert.That(listed.Select(image => image["region"]!.Value<string>()), Is.EquivalentTo(new[] { "us-east-1", "us-east-1", "us-west-2", "us-west-2" }));
        Assert.That(listed.Select(image => image["content"]!.Value<string>()), Is.All.EqualTo("current"), "their tags say what is in them");
        Assert.That(listed.SelectMany(image => image["used_by"]!).Select(user => user["kind"]!.Value<string>()), Has.Exactly(2).EqualTo("channel"));
        Assert.That(copies.SelectMany(copy => copy.BlockDeviceMappings).Select(mapping => mapping.Ebs.Encrypted), Is.All.True);
        Assert.That(copies.Select(copy => copy.Tags.Find(tag => tag.Key == "team")?.Value), Is.All.EqualTo("web"));
        Assert.That(back["result"]!["name"], Is.EqualTo(first["name"]));
        Assert.That(channels.Select(row => row["name"]!.Value<string>()), Is.All.EqualTo(first["name"]!.Value<string>()));
        Assert.That(channels.Select(row => row["image"]!.Value<string>()), Is.EquivalentTo(back["result"]!["images"]!.Children<JProperty>().Select(image => image.Value.Value<string>())));
    }

    [Test]
    public async Task Promote_WhoseCallsBreakOff_GoesOnWhenItIsRunAgain([Values] bool isCarriedOut)
    {
        using var stage = new BakeStage("\"www\": {\"ami_regions\": [\"us-west-2\"]}", Accounts, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        for (var call = 1; ; call++)
        {
            using var broken = new Broken(call, isCarriedOut);
            stage.Project.Network = broken.Of;
            var run = await stage.Project.RunAsync("image:promote", "www", "--to", $"channel-{call}", "--account", "vault");
            stage.Project.Network = cloud => cloud;
            if (!broken.IsBroken)
            {
                Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
                TestContext.Out.WriteLine($"{call - 1} changes were broken off");
                Assert.That(call, Is.GreaterThan(2));
                break;
            }

            Assert.That(run.Code, Is.Not.EqualTo(ExitCode.Done));
            await DoAsync(stage, $"image:promote www --to channel-{call} --account vault --json");
            var listed = JArray.Parse((await stage.Project.RunAsync("image:list", "--account", "vault", "--json")).Out);
            var channels = JArray.Parse((await stage.Project.RunAsync("image:channels", "--account", "vault", "--json")).Out).Where(row => row["channel"]!.Value<string>() == $"channel-{call}").ToList();
            Assert.That(listed.Select(image => (image["region"]!.Value<string>(), image["state"]!.Value<string>())), Is.EquivalentTo(new[] { ("us-east-1", "available"), ("us-west-2", "available") }), $"call {call}");
            Assert.That(channels.Select(row => row["image"]!.Value<string>()), Is.EquivalentTo(listed.Select(image => image["id"]!.Value<string>())));

            // The next one begins from the start.
            await stage.AskSessionAsync(async cloud =>
            {
                foreach (var image in listed)
                {
                    var ec2 = (await cloud.InAsync(Account("333333333333"), "us-east-1")).Region(image["region"]!.Value<string>()!).Clients.EC2;
                    await ec2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = image["id"]!.Value<string>(), DeleteAssociatedSnapshots = true });
                    var here = cloud.Region(image["region"]!.Value<string>()!).Clients.EC2;
                    foreach (var own in (await here.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images)
                    {
                        await here.ModifyImageAttributeAsync(new ModifyImageAttributeRequest { ImageId = own.ImageId, LaunchPermission = new LaunchPermissionModifications { Remove = [new LaunchPermission { UserId = "333333333333" }] } });
                    }
                }

                return 0;
            });
        }
    }

    [Test]
    public async Task Promote_WhatIsUnderTheDefaultKey_IsRefusedBeforeAnythingIsChanged()
    {
        using var stage = new BakeStage("\"www\": {\"encrypt_boot\": true}", Accounts, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");

        var shared = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--account", "prod");
        var copied = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--account", "vault", "--json");
        var noAccount = await stage.Project.RunAsync("image:promote", "www", "--to", "production", "--account", "prd");

        Assert.That(new[] { shared, copied, noAccount }.Select(run => run.Code), Is.All.EqualTo(ExitCode.BadInput));
        Assert.That(shared.Error, Does.Contain("is encrypted with this account's default key, which prod can never use").And.Contain("\"kms_key_id\" that 222222222222 may use"));
        Assert.That(noAccount.Error, Does.Contain("has no account 'prd'").Or.Contain("has no account \"prd\"").And.Contain("Did you mean"));
        Assert.That(await SharedWithAsync(stage, (await ListAsync(stage))[0]["id"]!.Value<string>()!), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    [Test]
    public async Task Clean_WhatAnotherAccountsChannelPointsAt_StaysUntilItPointsElsewhere()
    {
        using var stage = new BakeStage("\"www\": {\"ami_users\": [\"444444444444\"]}", Accounts, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var old = (await ListAsync(stage))[0]["id"]!.Value<string>()!;
        await DoAsync(stage, "image:promote www --to production --account prod --json");
        await DoAsync(stage, "packer:run --force --no-exec --json");

        var spared = await stage.Project.RunAsync("packer:clean", "-n", "1", "--yes");
        var deleted = await stage.Project.RunAsync("packer:delete", "www", "--yes");
        var revoked = await stage.Project.RunAsync("image:revoke", old, "--why", "old");
        var state = (await ListAsync(stage)).First(image => image["id"]!.Value<string>() == old)["state"]!.Value<string>();
        await DoAsync(stage, "image:promote www --to production --account prod --json");
        var cleaned = await stage.Project.RunAsync("packer:clean", "-n", "1", "--yes");

        Assert.That(spared.Code, Is.EqualTo(ExitCode.Done), spared.Error);
        Assert.That(spared.Error, Does.Contain($"keep {old}").And.Contain("used by channel www:production (of account prod)"));
        Assert.That(spared.Out, Is.Empty);
        Assert.That(deleted.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(deleted.Error, Does.Contain("(of account prod)").And.Contain("nothing was removed"));
        Assert.That(revoked.Error, Does.Contain($"{old} is used by channel www:production (of account prod)"));
        Assert.That(state, Is.EqualTo("available"), "disabling it would take it from the account");
        Assert.That(cleaned.Out, Does.Contain($"deregister {old}"), "shared alone, and nobody uses it, as the report says");
    }

    [Test]
    public async Task Clean_WhereNoReportCanBeHad_CountsWhatIsSharedAsInUse()
    {
        using var stage = new BakeStage("\"www\": {\"ami_users\": [\"444444444444\"]}, \"own\": {}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        await DoAsync(stage, "packer:run --force --no-exec --json");
        stage.Project.Environment["BAKER_LOCAL_FAULTS"] = "refuse=CreateImageUsageReport:UnauthorizedOperation";

        var cleaned = await stage.Project.RunAsync("packer:clean", "-n", "1", "--dry-run");

        Assert.That(cleaned.Error, Does.Contain("EC2's image usage report cannot be had in us-east-1").And.Contain("used by account 444444444444 (shared with it)"));
        Assert.That(cleaned.Out, Does.Contain("\"own ").And.Not.Contain("\"www "));
    }

    [Test]
    public async Task Verdict_OfATestedImage_IsOnItsCopiesHereAndInOtherAccounts()
    {
        await Sandboxes.RequireAsync();
        using var stage = new BakeStage("\"www\": {\"ami_regions\": [\"us-west-2\"], \"verify\": [\"tests/smoke.sh\"]}", Accounts);
        stage.Project.Write("tests/smoke.sh", "true\n");
        await DoAsync(stage, "packer:run --json");
        await DoAsync(stage, "image:promote www --to production --account vault --json");

        var here = await ListAsync(stage);
        var there = JArray.Parse((await stage.Project.RunAsync("image:list", "--account", "vault", "--json")).Out);

        Assert.That(here.Select(image => (image["region"]!.Value<string>(), image["verification"]!.Value<string>())), Is.EquivalentTo(new[] { ("us-east-1", "passed"), ("us-west-2", "passed") }));
        Assert.That(there.Select(image => (image["region"]!.Value<string>(), image["verification"]!.Value<string>())), Is.EquivalentTo(new[] { ("us-east-1", "passed"), ("us-west-2", "passed") }));
        foreach (var copy in there)
        {
            Assert.That(stage.Project.Read($"builds/contents/{copy["id"]}.cdx.json"), Does.Contain(copy["id"]!.Value<string>()!));
        }
    }

    [Test]
    public async Task Fleet_WithFastSnapshotRestore_HasItForItsImageAlone()
    {
        const string Fleet = "\"www\": {\"fast_snapshot_restore\": true, \"autoscale\": {\"node_min\": 1, \"node_max\": 2, \"timeout\": 0, \"zones\": [\"us-east-1a\", \"us-east-1b\"]}}";
        using var stage = new BakeStage(Fleet, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        var dry = await stage.Project.RunAsync("autoscale:run", "www", "--no-exec", "--dry-run");
        await DoAsync(stage, "autoscale:run www --no-exec --json");
        var first = await RestoresAsync(stage);
        await DoAsync(stage, "packer:run --force --no-exec --json");
        await DoAsync(stage, "autoscale:update www --no-exec --json");
        var second = await RestoresAsync(stage);
        await DoAsync(stage, "autoscale:delete www --yes --no-exec --json");
        var end = await RestoresAsync(stage);

        Assert.That(dry.Out, Does.Match("(?s)enable fast snapshot restore of ami-.*create launch template"));
        Assert.That(first.Select(each => (each.Zone, each.State)), Is.EquivalentTo(new[] { ("us-east-1a", "enabled"), ("us-east-1b", "enabled") }));
        Assert.That(second.Where(each => each.State == "enabled").Select(each => each.Zone), Is.EquivalentTo(new[] { "us-east-1a", "us-east-1b" }));
        Assert.That(second.Where(each => each.State == "enabled").Select(each => each.Snapshot), Has.None.EqualTo(first[0].Snapshot), "the old image's has ended");
        Assert.That(end.Select(each => each.State), Is.All.AnyOf("disabling", "disabled"));
    }

    [Test]
    public async Task Clean_FastSnapshotRestoreThatNoFleetHas_IsEnded()
    {
        const string Fleet = "\"www\": {\"fast_snapshot_restore\": [\"us-east-1c\"], \"autoscale\": {\"node_min\": 1, \"node_max\": 2, \"timeout\": 0}}";
        using var stage = new BakeStage(Fleet, scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        await DoAsync(stage, "autoscale:run www --no-exec --json");
        var used = await stage.Project.RunAsync("packer:clean", "--dry-run");
        stage.Project.Write("nodes.json", stage.Project.Read("nodes.json").Replace("\"fast_snapshot_restore\": [\"us-east-1c\"], ", "", StringComparison.Ordinal));
        await DoAsync(stage, "autoscale:delete www --yes --no-exec --json");
        var left = await RestoresAsync(stage);
        var cleaned = await stage.Project.RunAsync("packer:clean", "--yes");

        Assert.That(used.Out, Is.Empty);
        Assert.That(left.Select(each => (each.Zone, each.State)), Is.EqualTo(new[] { ("us-east-1c", "enabled") }));
        Assert.That(cleaned.Out, Does.Contain("disable fast snapshot restore of ami-"));
        Assert.That((await RestoresAsync(stage)).Select(each => each.State), Is.All.AnyOf("disabling", "disabled"));
        Assert.That((await stage.Project.RunAsync("packer:clean", "--dry-run")).Out, Is.Empty);
    }

    [Test]
    public async Task Fleet_WithAnInitializationRate_HasItInItsLaunchTemplateAndVolumes()
    {
        using var stage = new BakeStage("\"www\": {\"volume_initialization_rate\": 200, \"autoscale\": {\"node_min\": 1, \"node_max\": 2}}", scale: 0.01);
        await DoAsync(stage, "packer:run --no-exec --json");
        await DoAsync(stage, "autoscale:run www --no-exec --json");

        var (template, volumes) = await stage.AskAsync(async region => (
            await region.Clients.EC2.DescribeLaunchTemplateVersionsAsync(new DescribeLaunchTemplateVersionsRequest { LaunchTemplateName = "www-v001" }),
            await region.Clients.EC2.DescribeVolumesAsync(new DescribeVolumesRequest())));

        Assert.That(template.LaunchTemplateVersions[0].LaunchTemplateData.BlockDeviceMappings.Select(mapping => (mapping.DeviceName, mapping.Ebs.VolumeInitializationRate)), Is.EqualTo(new[] { ("/dev/sda1", (int?)200) }));
        Assert.That(volumes.Volumes.Select(volume => volume.VolumeInitializationRate), Is.EqualTo(new int?[] { 200 }));
    }

    private static OtherAccount Account(string id) => new("other", id, $"arn:aws:iam::{id}:role/images", [], System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty);

    private static Task<(string[] Image, string[] Snapshot)> SharedWithAsync(BakeStage stage, string id) => stage.AskAsync(async region =>
    {
        var ec2 = region.Clients.EC2;
        var image = await ec2.DescribeImageAttributeAsync(new DescribeImageAttributeRequest { ImageId = id, Attribute = "launchPermission" });
        var described = await ec2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [id] });
        var snapshot = await ec2.DescribeSnapshotAttributeAsync(new DescribeSnapshotAttributeRequest { SnapshotId = described.Images[0].BlockDeviceMappings[0].Ebs.SnapshotId, Attribute = "createVolumePermission" });
        return (
            (image.ImageAttribute.LaunchPermissions ?? []).Select(permission => permission.UserId).ToArray(),
            (snapshot.CreateVolumePermissions ?? []).Select(permission => permission.UserId).ToArray());
    });

    private static Task<List<(string Snapshot, string Zone, string State)>> RestoresAsync(BakeStage stage) => stage.AskAsync(async region =>
        ((await region.Clients.EC2.DescribeFastSnapshotRestoresAsync(new DescribeFastSnapshotRestoresRequest())).FastSnapshotRestores ?? [])
            .ConvertAll(each => (each.SnapshotId, each.AvailabilityZone, each.State.Value)));

    private static async Task<JToken> DoAsync(BakeStage stage, string command)
    {
        var run = await stage.Project.RunAsync(command.Split(' '));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}: {run.Error}{run.Out}");
        return run.End;
    }

    private static async Task<JArray> ListAsync(BakeStage stage) => JArray.Parse((await stage.Project.RunAsync("image:list", "--json")).Out);

    /// <summary>Ends the run at one of the calls that change something, as if the process had died: before it is sent, or after it was carried out.</summary>
    private sealed class Broken(int at, bool isCarriedOut) : IDisposable
    {
        private static readonly string[] s_reads = ["Action=Describe", "Action=Get", "Action=AssumeRole"];

        private readonly List<Breaking> _handlers = [];
        private int _count;

        private int At => at;

        private bool IsCarriedOut => isCarriedOut;

        public bool IsBroken => Volatile.Read(ref _count) >= at;

        public HttpMessageHandler Of(HttpMessageHandler cloud)
        {
            var handler = new Breaking(this) { InnerHandler = cloud };
            _handlers.Add(handler);
            return handler;
        }

        public void Dispose() => _handlers.ForEach(handler => handler.Dispose());

        private sealed class Breaking(Broken owner) : DelegatingHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
                var isRead = Array.Exists(s_reads, read => body.Contains(read, StringComparison.Ordinal))
                    || (request.Headers.TryGetValues("X-Amz-Target", out var targets) && targets.First().Contains(".Get", StringComparison.Ordinal));
                if (isRead)
                {
                    return await base.SendAsync(request, cancellationToken);
                }

                var count = Interlocked.Increment(ref owner._count);
                if (count == owner.At && owner.IsCarriedOut)
                {
                    await base.SendAsync(request, cancellationToken);
                }

                // Dead: nothing that comes after it is sent either.
                return count < owner.At ? await base.SendAsync(request, cancellationToken) : throw new InvalidOperationException("the process dies here");
            }
        }
    }
}
