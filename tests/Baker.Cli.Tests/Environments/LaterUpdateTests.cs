using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary><c>environment:update</c> of a fleet whose update an earlier command has left: that is finished, and the newer image comes too.</summary>
public sealed class LaterUpdateTests
{
    private TestProject _project = null!;

    [SetUp]
    public void Begin() => _project = TestProject.OnAQuickCloud("""
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "provision": ["a.sh"]},
          "__environments__": {"stage": {}},
          "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0,
            "canary": {"steps": ["5% 1s", "100%"], "checks": [{"metric": "healthy_hosts", "min": 1}]}}}
        }
        """);

    [TearDown]
    public void End() => _project.Dispose();

    [Test]
    public async Task Update_AnEarlierOneIsNotOver_GoesOnToTheNewerImageAsItWasJudged([Values] bool isCanary)
    {
        await DoAsync("environment:create stage");
        var second = await BakeAsync(2);
        await DoAsync($"autoscale:update www --environment stage --no-wait{(isCanary ? " --strategy canary" : "")}");
        var third = await BakeAsync(3);

        var update = await DoAsync("environment:update stage");
        var again = await DoAsync("environment:update stage");

        var fleets = JArray.Parse((await DoAsync("autoscale:status www --environment stage --json")).Out)[0]["fleets"]!;
        Assert.That(fleets.Select(each => (string?)each["name"]), Is.EqualTo(new[] { "stage/www-v003" }), update.Error);
        Assert.That(update.Error, Does.Contain($"www: stage/www-v002 serves {second}, and there is {third}"));
        Assert.That(update.Error.Contains("watch 1 of stage/www-v003 beside the old ones (5%)", StringComparison.Ordinal), Is.EqualTo(isCanary));
        Assert.That(again.Out, Is.EqualTo("stage is as the manifest has it.\n"));
    }

    private async Task<string> BakeAsync(int version)
    {
        _project.Write("a.sh", $"true # {version}\n");
        await DoAsync("packer:run --environment stage");
        return (string)JObject.Parse(_project.Read("builds/stage/www.json"))["image"]!;
    }

    private async Task<ProgramRun> DoAsync(string command)
    {
        var run = await _project.RunAsync(command.Split(' '));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"{command}\n{run.Out}{run.Error}");
        return run;
    }
}
