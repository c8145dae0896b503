using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Instances;

/// <summary><c>instance:run</c>: tasks and commands on nodes that run for real.</summary>
internal sealed class InstanceRunTests
{
    private InstanceProject _project = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        await Sandboxes.RequireAsync();
        _project = new InstanceProject(executes: true);
        var manifest = JObject.Parse(_project.Project.Read("nodes.json"));
        manifest["www"]!["tasks"] = JObject.Parse("""{"migrate": {"script": "tasks/migrate.sh", "arguments": ["--all"], "folder": "/etc"}, "bad": "tasks/bad.py"}""");
        _project.Project.Write("nodes.json", manifest.ToString());
        _project.Project.Write("tasks/migrate.sh", "echo \"$BAKER_GROUP $(pwd) $*\"\n");
        _project.Project.Write("tasks/bad.py", "#!/usr/bin/env python3\nimport sys\nprint('no', flush=True)\nsys.exit(17)\n");
    }

    [TearDown]
    public void Close() => _project?.Dispose();

    [Test]
    public async Task Run_TaskOnce_RunsOnTheOldestAloneAndItsOutputIsAllThereIs()
    {
        var oldest = await _project.CreateAsync("one");
        await _project.CreateAsync("two");

        var task = await _project.RunAsync("instance:run", "www", "--once", "migrate", "--", "x y");
        var names = await _project.RunAsync("instance:run", "www", "--once", "--dry-run", "--", "true");

        Assert.That(task.Code, Is.EqualTo(ExitCode.Done), task.Error);
        Assert.That(task.Out, Is.EqualTo("www /etc --all x y\n"));
        Assert.That((names.Code, names.Out), Is.EqualTo((ExitCode.Changes, $"would run it on {oldest}\n")));
    }

    [Test]
    public async Task Run_CommandOnAll_ShowsEachNodesLinesAndPassesTheCodeOn()
    {
        var first = await _project.CreateAsync("one");
        var second = await _project.CreateAsync("two");

        var shell = await _project.RunAsync("instance:run", "www", "--", "echo one; echo two | tr a-z A-Z");
        var words = await _project.RunAsync("instance:run", "www", "--max-errors", "9", "--json", "--", "sh", "-c", "echo \"$0\"; exit 7", "it's");
        var bad = await _project.RunAsync("instance:run", "www", "-n", "1", "bad");

        Assert.That(shell.Code, Is.EqualTo(ExitCode.Done), shell.Error);
        Assert.That(shell.Out.Split('\n').Order(StringComparer.Ordinal), Is.EqualTo(new[] { "", $"{first}: TWO", $"{first}: one", $"{second}: TWO", $"{second}: one" }.Order(StringComparer.Ordinal)));
        Assert.That((int)words.Code, Is.EqualTo(7));
        Assert.That(JArray.Parse(words.Out).Select(node => ((int?)node["code"], (string?)node["output"])), Is.EqualTo(new[] { ((int?)7, (string?)"it's\n"), ((int?)7, (string?)"it's\n") }));
        Assert.That((int)bad.Code, Is.EqualTo(17));
        Assert.That(bad.Out, Does.Match($"^({first}|{second}): no\n$"), "the other is not begun");
        Assert.That(bad.Error, Does.Contain("exit code 17").And.Contain("not run: not begun"));
        Assert.That((await _project.RunAsync("instance:run", "www", "--", "ls", "-A", "/var/lib/baker")).Out, Does.Not.Contain("payload"));
    }

    [Test]
    public async Task Run_ExitCode194_IsPassedOnAndTheNodeIsNotRebooted()
    {
        await _project.CreateAsync("one");
        const string Boot = "cat /proc/sys/kernel/random/boot_id; echo $(cut -d ' ' -f 22 /proc/1/stat)";
        var before = await _project.RunAsync("instance:run", "www", "--", Boot);

        var run = await _project.RunAsync("instance:run", "www", "--", "echo once; exit 194");

        Assert.That((int)run.Code, Is.EqualTo(194), run.Error);
        Assert.That(run.Out, Is.EqualTo("once\n"));
        Assert.That(run.Error, Does.Contain("exit code 194: the node is not rebooted"));
        Assert.That((await _project.RunAsync("instance:run", "www", "--", Boot)).Out, Is.EqualTo(before.Out));
    }

    [Test]
    public async Task Run_WhatPrintsSecrets_IsMaskedUnlessToldNotTo()
    {
        var manifest = JObject.Parse(_project.Project.Read("nodes.json"));
        manifest["www"]!["config"] = true;
        manifest["www"]!["iam_instance_profile"] = "www";
        manifest["www"]!["config_secrets"] = new JArray("TOKEN");
        _project.Project.Write("nodes.json", manifest.ToString());
        await _project.RunAsync("config:set", "www", "TOKEN=correct-horse", "PLAIN=battery");
        await _project.RunAsync("config:set", "www", "KEY=staple \"x\"", "--secret");
        await _project.CreateAsync("one");
        string[] command = ["instance:run", "www", "--", "printf 'correct-'; sleep 0.1; echo 'horse battery staple \"x\"'"];

        var run = await _project.RunAsync(command);
        var json = await _project.RunAsync([.. command[..2], "--json", .. command[2..]]);
        var whole = await _project.RunAsync([.. command[..2], "--show-secrets", .. command[2..]]);
        await _project.CreateAsync("two");
        var both = await _project.RunAsync(command);

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Is.EqualTo("******** battery ********\n"));
        Assert.That((string?)JArray.Parse(json.Out)[0]["output"], Is.EqualTo("******** battery ********\n"));
        Assert.That(whole.Out, Is.EqualTo("correct-horse battery staple \"x\"\n"));
        Assert.That(both.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2).And.All.EndsWith(": ******** battery ********"));
        Assert.That(Directory.Exists(_project.Project.PathOf(".package/logs")) ? await LogsAsync() : "", Does.Not.Contain("correct-horse"));
    }

    private async Task<string> LogsAsync() =>
        string.Concat(await Task.WhenAll(Directory.EnumerateFiles(_project.Project.PathOf(".package/logs")).Select(file => File.ReadAllTextAsync(file))));

    [TestCase("instance:run www", "Nothing says what to run")]
    [TestCase("instance:run www migrat", "has no task migrat")]
    [TestCase("instance:run", "Which group?")]
    public async Task Run_NothingToRun_SaysWhatThereIs(string line, string expected)
    {
        var run = await _project.RunAsync(line.Split(' '));

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public async Task Run_NobodyRuns_SaysSo()
    {
        var run = await _project.RunAsync("instance:run", "www", "--once", "migrate");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Error, Does.Contain("No healthy node of www runs."));
    }
}
