using System.Diagnostics;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Bakes;

/// <summary>What goes into images: cookbooks, data bags, source trees, scripts.</summary>
internal sealed class ContentsTests
{
    private const string Groups = """
        "web": {"run_list": ["recipe[web]"]},
        "db": {"run_list": ["recipe[db]"], "dna": {"db": {"port": 5432}}},
        "app": {"provision": ["scripts/app.sh"], "code": {"repository": "app.git", "branch": "master", "path": "/srv/app"}},
        "plain": {"provision": ["scripts/app.sh"]}
        """;

    private BakeStage _stage = null!;

    [SetUp]
    public void SetStage()
    {
        _stage = new BakeStage(Groups);
        Write("scripts/app.sh", "#!/bin/sh\ncp /srv/app/version /etc/app-version 2>/dev/null || true\n");
        Write("cookbooks/web/metadata.rb", "name 'web'\nversion '1.0.0'\n");
        Write("cookbooks/web/recipes/default.rb", "users = data_bag('users')\n");
        Write("cookbooks/db/metadata.json", """{"name": "db", "version": "1.0.0", "dependencies": {}}""");
        Write("cookbooks/db/recipes/default.rb", "package 'postgresql'\n");
        Write("data_bags/users/alice.json", """{"id": "alice"}""");
        Git("init", "--quiet", "--initial-branch=master", "app.git");
        Commit("version", "one\n");
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Edit_OneOfThem_MakesExactlyTheGroupsThatUseItStale()
    {
        await BakeAsync();
        Assert.That(await StaleAsync(), Is.Empty);

        Write("cookbooks/web/recipes/default.rb", "users = data_bag('users')\npackage 'nginx'\n");
        Assert.That(await StaleAsync(), Is.EqualTo(new[] { "web" }));
        await BakeAsync();
        Write("cookbooks/db/attributes/default.rb", "default['db']['port'] = 1\n");
        Assert.That(await StaleAsync(), Is.EqualTo(new[] { "db" }));
        await BakeAsync();
        Write("data_bags/users/bob.json", """{"id": "bob"}""");
        Assert.That(await StaleAsync(), Is.EqualTo(new[] { "web" }));
        await BakeAsync();
        Commit("version", "two\n");
        Assert.That(await StaleAsync(), Is.EqualTo(new[] { "app" }));
        await BakeAsync();
        Write("cookbooks/unused/recipes/default.rb", "");
        Write("cookbooks/unused/metadata.rb", "name 'unused'");
        Assert.That(await StaleAsync(), Is.Empty);

        var commit = Git("-C", "app.git", "rev-parse", "HEAD").Trim();
        var listed = (await ImagesAsync()).First(image => (string?)image["group"] == "app" && (string?)image["content"] == "current");
        Assert.That(listed["code"]!.ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo($$"""[{"path":"/srv/app","commit":"{{commit}}","branch":"master","repository":"app.git"}]"""));
        Assert.That(JObject.Parse(_stage.Project.Read("builds/app.json"))["code"]!["/srv/app"]!["commit"]!.Value<string>(), Is.EqualTo(commit));
        Assert.That((await _stage.Project.RunAsync("image:list", "app")).Out, Does.Contain($"    /srv/app at {commit[..12]} (master of app.git)\n"));
    }

    [Test]
    public async Task Bake_CookbooksAndCode_AreOnTheInstance()
    {
        await Sandboxes.RequireAsync();
        Commit("lib/old.py", "old\n");
        await BakeAsync();
        var app = (await ImagesAsync()).Single(image => (string?)image["group"] == "app");
        var db = (await ImagesAsync()).Single(image => (string?)image["group"] == "db");

        Assert.That(
            await _stage.RunOnImageAsync((string)app["id"]!, "cat /srv/app/version /etc/app-version /srv/app/lib/old.py; ls -a /srv/app; stat -c %a /srv/app"),
            Is.EqualTo("one\none\nold\n.\n..\nlib\nversion\n755\n"),
            "no history, and readable by all");
        Assert.That(
            await _stage.RunOnImageAsync((string)db["id"]!, "tail -n 4 /var/log/chef/rehearsal.log; ls /var/lib/baker"),
            Does.Match(@"^This is a rehearsal.*\nattributes: db\nrecipe\[db\]\nRehearsal finished, 1 recipes"));

        // From an image that has an earlier commit: what that had and this has not goes, what a script put there stays.
        Git("-C", "app.git", "rm", "--quiet", "lib/old.py");
        Commit("lib/new/a.py", "new\n");
        Write("scripts/app.sh", "touch /srv/app/made\n");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf($$$"""
            "app": {"source_ami": "{{{app["id"]}}}", "provision": ["scripts/app.sh"], "code": {"repository": "app.git", "path": "/srv/app"}}
            """));
        await BakeAsync();
        var second = (await ImagesAsync()).First(image => (string?)image["content"] == "current");
        Assert.That(
            await _stage.RunOnImageAsync((string)second["id"]!, "cd /srv/app; find . -type f | sort"),
            Is.EqualTo("./lib/new/a.py\n./made\n./version\n"));
    }

    [Test]
    public async Task Bake_UnknownRecipe_IsRefusedAsChefDoes()
    {
        await Sandboxes.RequireAsync();
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(""" "web": {"run_list": ["recipe[web::nginx]"]} """));

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Contain("could not find recipe nginx for cookbook web"));
    }

    [Test]
    public async Task Bake_DataBagSecret_IsThereForTheRunAndNowhereAfterwards()
    {
        await Sandboxes.RequireAsync();
        var secret = $"sesame-{Guid.NewGuid():N}";
        Write("secrets/bag", secret);
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(
            """ "web": {"provision": ["scripts/look.sh"], "run_list": ["recipe[web]"], "data_bag_secret_file": "secrets/bag"} """,
            """, "bucket": "payloads" """));
        Write("scripts/look.sh", "wc -c < /dev/shm/baker-data-bag-secret > /etc/secret-length\n");
        await _stage.AskAsync(region => region.Clients.S3.PutBucketAsync("payloads"));

        await BakeAsync();
        var image = (string)(await ImagesAsync()).Single()["id"]!;
        var left = await _stage.AskAsync(region => region.Clients.S3.ListObjectsV2Async(new() { BucketName = "payloads" }));

        Assert.That(await _stage.RunOnImageAsync(image, "cat /etc/secret-length; ls /dev/shm"), Is.EqualTo($"{secret.Length}\n"));
        Assert.That((left.S3Objects ?? []).Select(kept => kept.Key), Is.All.StartsWith("baker/contents/"));
        var grep = Process.Start(new ProcessStartInfo("grep", ["-rl", secret, _stage.Project.PathOf(".package"), _stage.Project.PathOf("builds")]) { RedirectStandardOutput = true })!;
        Assert.That(await grep.StandardOutput.ReadToEndAsync(), Is.Empty);
    }

    [TestCase(""" "web": {"run_list": ["recipe[web]"], "data_bag_secret_file": "scripts/app.sh"} """, "needs a bucket")]
    [TestCase(""" "web": {"provision": ["scripts/none.sh"]} """, "there is no such file")]
    [TestCase(""" "web": {"provision": ["scripts/dos.sh"], "line_endings": "refuse"} """, "line endings of Windows")]
    [TestCase(""" "web": {"provision": ["scripts"]} """, "names scripts (provision), which is a folder.")]
    [TestCase(""" "web": {"user_data_file": "none"} """, "The user data file none of web cannot be read")]
    [TestCase(""" "web": {"user_data_file": "big"} """, "16385 bytes, and EC2 takes 16384")]
    [TestCase(""" "web": {"code": {"repository": "app.git", "branch": "mastr", "path": "/srv/app"}} """, "has no branch mastr")]
    [TestCase(""" "web": {"code": {"repository": "none.git", "path": "/srv/app"}} """, "git ls-remote failed")]
    [TestCase(""" "web": {"code": {"repository": "app.git", "revision": "v9", "path": "/srv/app"}} """, "has no tag v9")]
    public async Task Run_WrongContent_IsToldAtItsPlaceBeforeAnythingIsLaunched(string group, string expected)
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(group));
        Write("scripts/dos.sh", "#!/bin/sh\r\ntrue\r\n");
        File.WriteAllBytes(_stage.Project.PathOf("big"), new byte[16385]);

        var run = await _stage.Project.RunAsync("packer:run", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Out);
        Assert.That(run.Error, Does.Match(@"nodes\.json:4:\d+: ").And.Contain(expected));
    }

    [TestCase("", "it is no JSON object")]
    [TestCase("{", "it is no JSON object")]
    [TestCase("[]", "it is no JSON object")]
    [TestCase("""{"run_list": "recipe[web]"}""", "its run_list is no list of items")]
    [TestCase("""{"run_list": [{"recipe": "web"}]}""", "its run_list is no list of items")]
    [TestCase("""{"run_list": [1, null]}""", "its run_list is no list of items")]
    [TestCase("""{"run_list": ["role[../../etc/passwd]"]}""", "its run_list is no list of items")]
    public async Task Run_RoleThatCannotBeFollowed_IsToldAtTheRunList(string role, string expected)
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(""" "web": {"run_list": ["role[odd]"]} """));
        Write("roles/odd.json", role);

        var run = await _stage.Project.RunAsync("packer:run", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Match(@"nodes\.json:4:\d+: ").And.Contain("roles/odd.json").And.Contain(expected));
    }

    [Test]
    public async Task Run_CommitThatTheRepositoryHasNot_IsToldAtItsPlace()
    {
        var commit = new string('1', 40);
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(
            $$$""" "web": {"code": {"repository": "app.git", "revision": "{{{commit}}}", "path": "/srv/app"}} """));

        var run = await _stage.Project.RunAsync("packer:run", "--no-exec");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Out + run.Error, Does.Match(@"nodes\.json:4:\d+: ").And.Contain($"app.git has no commit {commit}"));
    }

    [Test]
    public async Task Run_ARepositoryOfTheProject_IsFoundWhereTheProjectIsAFolderOfAnother()
    {
        Git("init", "--quiet", ".");
        Directory.CreateDirectory(_stage.Project.PathOf("below/site"));
        Directory.Move(_stage.Project.PathOf("app.git"), _stage.Project.PathOf("below/site/app.git"));
        _stage.Project.Write("below/site/nodes.json", BakeStage.ManifestOf(""" "web": {"code": {"repository": "app.git", "path": "/srv/app"}} """));

        var run = await _stage.Project.RunAsync("packer:run", "--dry-run", "--manifest", "below/site/nodes.json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Changes), run.Error);
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public async Task Run_LinkToNothing_IsNamed_UnlessItIsIgnored()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(""" "web": {"run_list": ["recipe[web]"]} """));
        File.CreateSymbolicLink(_stage.Project.PathOf("cookbooks/web/recipes/.#default.rb"), "me@here.1234");

        var refused = await _stage.Project.RunAsync("packer:run", "--dry-run");
        Write("cookbooks/web/chefignore", "# what editors leave\n.#*\n");
        var done = await _stage.Project.RunAsync("packer:run", "--dry-run");

        Assert.That(refused.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(refused.Error, Does.Contain("it is a link to me@here.1234, which is not there"));
        Assert.That(done.Code, Is.EqualTo(ExitCode.Changes), done.Error);
    }

    [Test]
    public async Task Run_SubmoduleOrLfs_IsRefusedUnlessItMayBeMissing()
    {
        Commit("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        var refused = await _stage.Project.RunAsync("packer:run", "app", "--no-exec");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(""" "app": {"code": {"repository": "app.git", "path": "/srv/app", "without": ["lfs"]}} """));
        var allowed = await _stage.Project.RunAsync("packer:run", "app", "--no-exec");

        Assert.That(refused.Code, Is.EqualTo(ExitCode.BadInput), refused.Error);
        Assert.That(refused.Out, Does.Contain("big.bin of app.git is in Git LFS").And.Contain("\"without\": [\"lfs\"]"));
        Assert.That(allowed.Code, Is.EqualTo(ExitCode.Done), allowed.Error);
    }

    [Test]
    public async Task Run_BranchAndRevision_OverrideTheManifest()
    {
        Git("-C", "app.git", "tag", "-a", "-m", "first", "v1");
        var first = Git("-C", "app.git", "rev-parse", "HEAD").Trim();
        Git("-C", "app.git", "checkout", "--quiet", "-b", "feature");
        Commit("version", "feature\n");
        var feature = Git("-C", "app.git", "rev-parse", "HEAD").Trim();

        Assert.That(await CommitAsync("--branch", "feature"), Is.EqualTo(feature));
        Assert.That(await CommitAsync("--revision", "v1"), Is.EqualTo(first), "an annotated tag's commit");
        Assert.That(await CommitAsync("--revision", $"app.git={feature}"), Is.EqualTo(feature));
        var both = await _stage.Project.RunAsync("packer:run", "web", "--branch", "feature", "--revision", "v1", "--no-exec");
        Assert.That(both.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(both.Error, Does.Contain("--branch and --revision are both said of the code"));
        var none = await _stage.Project.RunAsync("packer:run", "web", "--branch", "feature", "--no-exec");
        Assert.That(none.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(none.Error, Does.Contain("none of these groups has any"));

        async Task<string?> CommitAsync(params string[] how)
        {
            var run = await _stage.Project.RunAsync(["packer:run", "app", "--no-exec", "--force", .. how]);
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
            return JObject.Parse(_stage.Project.Read("builds/app.json"))["code"]!["/srv/app"]!["commit"]!.Value<string>();
        }
    }

    [Test]
    public async Task Run_ArgumentsFoldersAndInterpreters_AreTheScripts()
    {
        await Sandboxes.RequireAsync();
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "app": {"provision": [{"script": "scripts/a.py", "arguments": ["one", "it's two"], "folder": "/etc"}, "scripts/dos.sh"]}
            """));
        Write("scripts/a.py", "#!/usr/bin/env python3\nimport os, sys\nopen('made', 'w').write(os.getcwd() + ' ' + '|'.join(sys.argv[1:]) + '\\n')\n");
        Write("scripts/dos.sh", "#!/bin/sh\r\necho \"$BAKER_GROUP\" >> /etc/made\r\n");

        await BakeAsync();
        var image = (string)(await ImagesAsync()).Single()["id"]!;

        Assert.That(await _stage.RunOnImageAsync(image, "cat /etc/made"), Is.EqualTo("/etc one|it's two\napp\n"));
    }

    private async Task BakeAsync()
    {
        var run = await _stage.Project.RunAsync("packer:run");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
    }

    private async Task<JObject[]> ImagesAsync() => [.. JArray.Parse((await _stage.Project.RunAsync("image:list", "--json")).Out).Cast<JObject>()];

    /// <summary>The groups whose newest image is not what would be baked now.</summary>
    private async Task<string[]> StaleAsync() =>
    [
        .. (await ImagesAsync()).GroupBy(image => (string)image["group"]!)
            .Where(group => group.All(image => (string?)image["content"] != "current"))
            .Select(group => group.Key)
            .Order(StringComparer.Ordinal),
    ];

    private void Write(string file, string text) => _stage.Project.Write(file, text);

    private void Commit(string file, string text)
    {
        Write($"app.git/{file}", text);
        Git("-C", "app.git", "add", "--all");
        Git("-C", "app.git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "c");
    }

    private string Git(params string[] words)
    {
        string[] who = words.Contains("tag") ? ["-c", "user.name=t", "-c", "user.email=t@example.com"] : [];
        using var process = Process.Start(new ProcessStartInfo("git", [.. who, .. words]) { WorkingDirectory = _stage.Project.Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, process.StandardError.ReadToEnd());
        return text;
    }
}
