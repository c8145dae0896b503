using System.Text.RegularExpressions;
using Baker.Core;

namespace Baker.Cli.Tests.Bakes;

/// <summary>A bake whose script failed goes on with the instance that it kept (<c>--on-error retry</c>).</summary>
internal sealed class RetryTests
{
    private BakeStage _stage = null!;

    [SetUp]
    public async Task SetStage()
    {
        await Sandboxes.RequireAsync();
        _stage = new BakeStage(Bee(5));
        foreach (var number in Enumerable.Range(1, 5))
        {
            Script(number, "");
        }
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Retry_TheThirdOfFiveMended_RunsThreeFourAndFiveOnly()
    {
        Script(3, "echo broken; exit 9");
        var failed = await _stage.Project.RunAsync("packer:run", "--on-error", "retry");
        var kept = (await _stage.LookAsync()).Litter.Single(left => left.StartsWith("instance ", StringComparison.Ordinal)).Split(' ')[1];
        Script(3, "");
        var plan = await _stage.Project.RunAsync("packer:run", "--dry-run");

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(failed.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(failed.Out, Does.Contain($"instance {kept}, kept for the next").And.Contain("goes on at the script that failed"));
        Assert.That(plan.Out, Does.Contain($"go on with instance {kept}"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(
            Regex.Matches(run.Error, "==> scripts/(.*)").Select(match => match.Groups[1].Value.Trim()),
            Is.EqualTo(new[] { "1.sh was done before", "2.sh was done before", "3.sh", "4.sh", "5.sh" }));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        Assert.That(await OnTheImageAsync("cat /etc/order; grep -v '^@contents' /var/log/baker/provision.log; ls -A /var/lib/baker"), Is.EqualTo(Expected(5)));
    }

    [Test]
    public async Task Retry_AnEarlierScriptChangedToo_RunsItAndAllAfterIt()
    {
        Script(4, "exit 9");
        await _stage.Project.RunAsync("packer:run", "--on-error", "retry");
        Script(2, "echo changed");
        Script(4, "");

        var run = await _stage.Project.RunAsync("packer:run");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(await OnTheImageAsync("tr '\\n' ' ' < /etc/order"), Is.EqualTo("1 2 3 4 2 3 4 5 "));
    }

    [TestCase("user_data")]
    [TestCase("--force")]
    [TestCase("terminated")]
    public async Task Retry_CannotGoOn_SaysSoAndStartsOver(string why)
    {
        Script(3, "exit 9");
        await _stage.Project.RunAsync("packer:run", "--on-error", "retry");
        Script(3, "");
        if (why == "user_data")
        {
            _stage.Project.Write("nodes.json", _stage.Project.Read("nodes.json").Replace("\"provision\"", "\"user_data\": \"#!/bin/sh\\n\", \"provision\"", StringComparison.Ordinal));
        }
        else if (why == "terminated")
        {
            await _stage.AskAsync(async region =>
            {
                var all = await region.Clients.EC2.DescribeInstancesAsync(new Amazon.EC2.Model.DescribeInstancesRequest());
                return await region.Clients.EC2.TerminateInstancesAsync(new Amazon.EC2.Model.TerminateInstancesRequest { InstanceIds = [.. all.Reservations.SelectMany(each => each.Instances).Select(each => each.InstanceId)] });
            });
        }

        var run = await _stage.Project.RunAsync(["packer:run", .. why == "--force" ? [why] : Array.Empty<string>()]);

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That(run.Error, why == "terminated" ? Does.Not.Contain("going on with") : Does.Match("instance i-[0-9a-f]+, which the failed run .* kept, is of no use"));
        Assert.That(await OnTheImageAsync("tr '\\n' ' ' < /etc/order"), Is.EqualTo("1 2 3 4 5 "));
        Assert.That((await _stage.LookAsync()).Litter.Where(left => !left.Contains("shutting-down", StringComparison.Ordinal) && !left.StartsWith("volume", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Clean_AnInstanceKeptForARetry_EndsIt()
    {
        Script(3, "exit 9");
        await _stage.Project.RunAsync("packer:run", "--on-error", "retry");

        var clean = await _stage.Project.RunAsync("packer:clean", "--yes");

        Assert.That(clean.Code, Is.EqualTo(ExitCode.Done), clean.Error);
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Retry_TwentyScriptsFailAtRandomAndRunsAreKilled_TheImageIsThatOfOneGo()
    {
        var random = new Random(7);
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(Bee(20)));
        foreach (var number in Enumerable.Range(1, 20))
        {
            Script(number, $"echo {number} > /etc/made-{number}");
        }

        var kills = 0;
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var bad = random.Next(1, 21);
            Script(bad, $"echo {bad} > /etc/made-{bad}; exit 5");
            var killAt = attempt % 3 == 2 ? random.Next(1, bad + 1) : 0;
            using var process = new Fleets.PackageProcess(_stage.Project, ["packer:run", "bee", "--on-error", "retry"], (self, line) =>
            {
                if (killAt > 0 && line.EndsWith($"==> scripts/{killAt}.sh", StringComparison.Ordinal))
                {
                    kills++;
                    self.Signal(9);
                }
            });
            await process.EndAsync();
            Script(bad, $"echo {bad} > /etc/made-{bad}");
        }

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out + run.Error);
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
        const string Look = "cd / && for file in etc/made-*; do echo $file $(cat $file); done; tail -n 1 /etc/order; grep -v '^@contents' /var/log/baker/provision.log; ls -A /var/lib/baker";
        var retried = await OnTheImageAsync(Look);
        var forced = await _stage.Project.RunAsync("packer:run", "bee", "--force");
        Assert.That(forced.Code, Is.EqualTo(ExitCode.Done), forced.Error);
        Assert.That(retried, Is.EqualTo(await OnTheImageAsync(Look)), $"{kills} kills");
    }

    private static string Bee(int scripts) =>
        $$""" "bee": {"provision": [{{string.Join(", ", Enumerable.Range(1, scripts).Select(number => $"\"scripts/{number}.sh\""))}}]} """;

    private void Script(int number, string more) => _stage.Project.Write($"scripts/{number}.sh", $"echo {number} >> /etc/order; echo output of {number}\n{more}\n");

    private static string Expected(int scripts) =>
        string.Concat(Enumerable.Range(1, scripts).Select(number => number == 3 ? "3\n3\n" : $"{number}\n"))
        + string.Concat(Enumerable.Range(1, scripts).Select(number => $"==> scripts/{number}.sh\noutput of {number}\n"));

    private async Task<string> OnTheImageAsync(string command) =>
        await _stage.RunOnImageAsync((await _stage.LookAsync()).Images.MaxBy(image => image.Name, StringComparer.Ordinal)!.ImageId, command);
}
