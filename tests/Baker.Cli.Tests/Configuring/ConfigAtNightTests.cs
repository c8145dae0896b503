using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Amazon.AutoScaling.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Configuring;

/// <summary>
/// A secret, from the person who sets it to a node that Auto Scaling launches while nothing but <c>local:serve</c> runs, in real
/// sandboxes; and where it must not be on the way.
/// </summary>
[Platform("Linux")]
public sealed class ConfigAtNightTests
{
    private const string Variable = "DATABASE_PASSWORD";
    private static readonly string s_secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
    private static readonly string s_second = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    [Test]
    public async Task Secret_OfAFleet_IsOnNewNodes_AndNowhereElse()
    {
        await Sandboxes.RequireAsync();
        var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "run_list": [], "config": true, "iam_instance_profile": "web", "config_secrets": ["DATABASE_PASSWORD"]},
              "web": {"provision": ["scripts/web.sh"], "config_reload": ["/usr/local/bin/reload"], "autoscale": {"node_min": 1, "node_max": 3, "timeout": 0, "warmup": 1}}
            }
            """);
        project.Write("scripts/web.sh", """
            cat > /usr/local/bin/reload <<'END'
            #!/bin/sh
            . /etc/baker/env
            echo "the database's password is $DATABASE_PASSWORD"
            echo reloaded >> /var/log/reloaded
            exit "$RELOAD_CODE"
            END
            chmod 755 /usr/local/bin/reload
            """);
        await using var fleet = await FleetProject.ServeAsync(project);
        using var watching = new CancellationTokenSource();
        var seen = new ConcurrentBag<string>();
        var watch = WatchAsync(seen, watching.Token);
        var said = new StringBuilder();

        said.Append(await SetAsync(project, s_secret, Variable)).Append(await SetAsync(project, "0", "RELOAD_CODE"));
        said.Append((await fleet.DoAsync("packer:run", "web")).Error);
        said.Append((await fleet.DoAsync("autoscale:run", "web")).Error);

        // At night: nothing of Baker's runs but the cloud itself.
        await fleet.Clients.AutoScaling.SetDesiredCapacityAsync(new SetDesiredCapacityRequest { AutoScalingGroupName = "web-v001", DesiredCapacity = 2, HonorCooldown = false });
        var nodes = new List<string>();
        await Wait.UntilAsync(async () => (nodes = await NodesAsync(fleet)).Count == 2, "a second node");
        foreach (var node in nodes)
        {
            await UntilItHasAsync(fleet, node, s_secret);
            Assert.That(await fleet.OnNodeAsync(node, "stat -c '%a %U' /etc/baker/env"), Is.EqualTo("600 root\n"));
        }

        // A bake from an image that has baker-node: its instance boots with the program, and is given nothing.
        project.Write("nodes.json", project.Read("nodes.json").Replace(
            "\"web\": {",
            $"\"child\": {{\"source_ami\": \"{fleet.ImageOf("web")}\", \"provision\": [\"scripts/web.sh\"], \"autoscale\": false}}, \"web\": {{",
            StringComparison.Ordinal));
        said.Append((await fleet.DoAsync("packer:run", "child")).Error);

        // A running node takes what is new, and what it prints of it is not seen.
        said.Append(await SetAsync(project, s_second, Variable));
        var pushed = await fleet.DoAsync("config:push", "web");
        said.Append(pushed.Out).Append(pushed.Error);
        foreach (var node in nodes)
        {
            await UntilItHasAsync(fleet, node, s_second);
            Assert.That(await fleet.OnNodeAsync(node, "cat /var/log/reloaded"), Is.EqualTo("reloaded\n"));
        }

        said.Append(await SetAsync(project, "3", "RELOAD_CODE"));
        var failed = await fleet.RunAsync("config:push", "web");
        Assert.That(failed.Code, Is.EqualTo(ExitCode.CloudFailed), failed.Error);
        Assert.That(failed.Error, Does.Contain("the database's password is ********").And.Contain("/usr/local/bin/reload failed: 3"));
        said.Append(failed.Out).Append(failed.Error);
        var listed = await fleet.DoAsync("config:list", "web");
        Assert.That(listed.Out, Does.Match($@"web +{Variable} +\*{{8}} +2 "));
        said.Append(listed.Out).Append((await fleet.DoAsync("config:history", "web", "--json")).Out);
        Assert.That((await fleet.DoAsync("config:list", "web", "--show")).Out, Does.Contain(s_second));

        await watching.CancelAsync();
        await watch;
        Assert.That(seen, Is.Empty, "command lines");
        Assert.That(said.ToString(), Does.Not.Contain(s_secret).And.Not.Contain(s_second));
        var found = (await HoldingAsync(project.Folder)).Select(file => Path.GetRelativePath(project.PathOf(".package"), file)).Order(StringComparer.Ordinal).ToList();
        Assert.That(found.Where(file => !IsOfANode(file, nodes)), Is.Empty);
        Assert.That(found.Count(file => file.EndsWith("/etc/baker/env", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    /// <summary>The one file on a node's own disk.</summary>
    private static bool IsOfANode(string file, IEnumerable<string> nodes) =>
        nodes.Any(node => file.StartsWith($"instances/{node}/", StringComparison.Ordinal)) && file.EndsWith("/etc/baker/env", StringComparison.Ordinal);

    private static async Task<string> SetAsync(TestProject project, string value, string variable)
    {
        var run = await ProgramRun.OfAsync(PackageProgram.ForProcesses.Start(project, ["config:set", "web", variable]), value + "\n");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return run.Out + run.Error;
    }

    private static async Task<List<string>> NodesAsync(FleetProject fleet) =>
        [.. (await fleet.GroupsAsync("web")).SelectMany(group => group.Instances ?? []).Where(each => each.LifecycleState == "InService").Select(each => each.InstanceId)];

    /// <summary>Told apart by its hash: a command that names the secret would be in the state of the cloud.</summary>
    private static async Task UntilItHasAsync(FleetProject fleet, string node, string secret)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
        await Wait.UntilAsync(
            async () => (await fleet.OnNodeAsync(node, $"(. /etc/baker/env; printf %s \"${Variable}\" | sha256sum)")).StartsWith(hash, StringComparison.Ordinal),
            $"{node} to have it");
    }

    /// <summary>Looks through what every process of this machine was started with, over and over.</summary>
    private static async Task WatchAsync(ConcurrentBag<string> seen, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(each => char.IsAsciiDigit(Path.GetFileName(each)[0])))
            {
                try
                {
                    var started = File.ReadAllText($"{process}/cmdline");
                    if (started.Contains(s_secret, StringComparison.Ordinal) || started.Contains(s_second, StringComparison.Ordinal))
                    {
                        seen.Add(started.Replace('\0', ' '));
                    }
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // It has ended.
                }
            }

            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>The files below a folder that hold one of the secrets. It looks no longer at command lines by then.</summary>
    private static async Task<List<string>> HoldingAsync(string folder)
    {
        var found = await ProcessRun.RunAsync(new ProcessStartInfo("grep", ["-rlaF", "-D", "skip", "-e", s_secret, "-e", s_second, folder]));
        return [.. found.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
