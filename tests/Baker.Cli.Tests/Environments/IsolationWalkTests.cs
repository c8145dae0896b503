using System.Security.Cryptography;
using System.Text;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cli.Permissions;
using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Programs;
using Baker.Core;
using Baker.LocalCloud.Serving;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>Every command of one environment, where it has something to do: the other is byte for byte as it was.</summary>
public sealed class IsolationWalkTests
{
    private const string Image = "ami-1ebb2077";
    private const string Script = "echo converged >> /etc/converged\n";
    private const string Create = $"instance:create web --key ops.pem --zone us-east-1a --image {Image}";

    /// <summary>On a cloud on which nothing executes, with all kinds of resources. IMAGE is the image of the last bake.</summary>
    private static readonly (string Command, ExitCode Code)[] s_whole =
    [
        ("node:list -e staging", ExitCode.Done), ("node:show web -e staging --explain", ExitCode.Done),
        ("service:graph -e staging", ExitCode.Done), ("service:list -e staging", ExitCode.Done), ("service:show front -e staging", ExitCode.Done),
        ("service:drift -e staging", ExitCode.Changes), ("service:decommission front -e staging", ExitCode.Done),
        ("environment:list -e staging", ExitCode.Done), ("environment:diff staging prod", ExitCode.Changes),
        ("environment:status staging", ExitCode.TimedOut), ("environment:plan staging", ExitCode.Changes),
        ("plan -e staging", ExitCode.Changes),
        ("environment:create staging", ExitCode.Done), ("environment:plan staging", ExitCode.Done),
        ("environment:status staging", ExitCode.Done),
        ("role:create", ExitCode.Done), ("role:update -e staging", ExitCode.Done), ("roles:create", ExitCode.Done), ("roles:update -e staging", ExitCode.Done),
        ("packer:create -e staging", ExitCode.Done), ("autoscale:create -e staging", ExitCode.Done),
        ("image:promote web --to stable -e staging", ExitCode.Done),
        ("packer:run web -e staging", ExitCode.Done), ("packer:run web -e staging --force", ExitCode.Done),
        ("image:promote web --to stable -e staging", ExitCode.Done), ("image:channels web -e staging", ExitCode.Done),
        ("image:rollback web --channel stable -e staging", ExitCode.Done), ("image:list -e staging", ExitCode.Done),
        ("image:show IMAGE -e staging", ExitCode.Done), ("image:revoke IMAGE --why old -e staging", ExitCode.Done),
        ("image:revoke IMAGE --undo -e staging", ExitCode.Done),
        ("packer:run bare -e staging --engine packer", ExitCode.Done),
        ("packer:run web -e staging --force", ExitCode.Done), ("packer:clean -n 1 --yes -e staging", ExitCode.Done),
        ("autoscale:status -e staging", ExitCode.Done), ("autoscale:status web -e staging --json", ExitCode.Done),
        ($"autoscale:update web -e staging --force --image {Image} --keep 1h --no-wait", ExitCode.Done), ("autoscale:rollback web -e staging", ExitCode.Done),
        ($"autoscale:update web -e staging --force --image {Image}", ExitCode.Done),
        ($"autoscale:update web -e staging --force --image {Image} --strategy rolling", ExitCode.Done),
        ("environment:update staging", ExitCode.Done), ("apply -e staging", ExitCode.Done),
        ("autoscale:scale web 2 -e staging", ExitCode.Done), ("autoscale:suspend web AZRebalance -e staging", ExitCode.Done),
        ("autoscale:resume web AZRebalance -e staging", ExitCode.Done),
        ("maintenance:on web -e staging", ExitCode.Done),
        ("maintenance:status web -e staging", ExitCode.Done), ("maintenance:off web -e staging", ExitCode.Done),
        ($"autoscale:update web -e staging --image {Image} --strategy replace --keep 1h --no-wait", ExitCode.Done),
        ("autoscale:rollback web -e staging", ExitCode.Done),
        ("autoscale:promote web -e staging", ExitCode.BadInput), ("autoscale:pause web -e staging", ExitCode.BadInput), // for no canary is under way
        ($"{Create} --name more -e staging", ExitCode.Done),
        ("instance:list -e staging", ExitCode.Done), ("instance:inventory -e staging", ExitCode.Done),
        ("config:set web B=2 C=3 -e staging", ExitCode.Done), ("config:set --all-groups D=4 -e staging", ExitCode.Done),
        ("config:import web variables.env -e staging", ExitCode.Done), ("config:edit web -e staging", ExitCode.Done),
        ("config:list -e staging", ExitCode.Done), ("config:history web -e staging", ExitCode.Done),
        ("config:unset web B -e staging", ExitCode.Done),
        ("freeze on -e staging", ExitCode.Done), ("freeze status -e staging", ExitCode.Done), ("freeze off -e staging", ExitCode.Done),
        ("change:list -e staging", ExitCode.Done), ("change:show nothing -e staging", ExitCode.BadInput),
        ("instance:quarantine more -e staging", ExitCode.BadInput), // for it is in no fleet
        ("instance:terminate more --yes -e staging", ExitCode.Done),
        ("autoscale:delete web --yes -e staging", ExitCode.Done), ("autoscale:run web -e staging", ExitCode.Done),
        ("environment:delete staging --yes staging", ExitCode.Done),
        ("packer:delete bare --yes -e staging", ExitCode.Done),
        ("packer:delete web --yes -e staging", ExitCode.CloudFailed), // for its channel
        ("image:demote web --channel stable -e staging", ExitCode.Done), ("packer:delete web --yes -e staging", ExitCode.Done),
        ("local:status", ExitCode.Done), ("local:env", ExitCode.Done), ("local:image list", ExitCode.Done),
    ];

    /// <summary>On one on which instances run for real: all of these end well.</summary>
    private static readonly string[] s_executed =
    [
        "packer:run web -e staging", "autoscale:run web -e staging", "packer:run web -e staging --force", "image:diff web -e staging",
        "autoscale:update web -e staging", "instance:create web --key ops.pem --zone us-east-1a --name staging-box -e staging",
        "instance:deploy web -e staging", "instance:deploy web -e staging --drain --force", "instance:run web hello -e staging",
        "instance:run web -e staging -- touch /etc/touched", "instance:shell staging-box -e staging",
        "instance:copy variables.env staging-box:/etc/copied -e staging", "instance:copy staging-box:/etc/copied copied-of-staging -e staging",
        "config:set web A=2 -e staging", "config:push web -e staging", "packer:clean -n 1 --yes -e staging", "instance:terminate staging-box --yes -e staging",
        "environment:delete staging --yes staging",
    ];

    private static readonly Dictionary<string, string> s_elsewhere = new(StringComparer.Ordinal)
    {
        ["local:serve"] = "it is the cloud that both are on",
        ["local:reset"] = "it takes away the local cloud with all that is on it",
        ["service:watch"] = "it reads what service:list reads, again and again until it is interrupted",
        ["console"] = "it reads what autoscale:status, image:list, service:list and change:list read, until it is interrupted",
        ["version"] = "it looks at the program alone",
        ["help"] = "it tells of the program alone",
        ["completion"] = "it tells of the program alone",
        ["complete"] = "it reads the manifest alone",
        ["instance:forward"] = "it carries what one node answers, until it is interrupted",
        ["iam:policy"] = "it reads the manifest alone",
        ["doctor"] = "it looks at the machine and the account, and changes nothing",
        ["init"] = "it writes a manifest where there is none",
        ["self:install"] = "it installs the program",
        ["template:export"] = "the templates are the project's, and the same in every environment",
    };

    /// <summary>What deploys, pushes and people write on a node.</summary>
    private static readonly string[] s_written = ["/etc/baker/env", "/etc/converged", "/etc/touched", "/etc/copied"];

    /// <summary>What tells of both environments: images, and who uses them, are the account's.</summary>
    private static readonly string[] s_ofBoth = ["environment:list", "environment:diff", "role", "local:", "image:", "packer:clean", "packer:delete"];

    [Test]
    public void Walk_HasEveryCommandOfTheTable()
    {
        var walked = s_whole.Select(each => each.Command).Concat(s_executed).Select(line => line.Split(' ')[0]).Concat(s_elsewhere.Keys).ToHashSet(StringComparer.Ordinal);

        Assert.That(ProgramComparisonTests.Commands().Where(command => !walked.Contains(command)), Is.Empty, "commands that might touch another environment");
    }

    [Test]
    public async Task Commands_OfAWholeEnvironment_EachLeavesTheOtherByteForByte()
    {
        Peers.Require("packer");
        var project = new TestProject(Manifest(withBalancer: true));
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await ServeAsync(project);
        foreach (var line in new[]
        {
            "role:create", "environment:create prod", "packer:create -e prod", "autoscale:create -e prod", $"{Create} --name prod-box -e prod",
            "config:set web A=1 -e prod", "config:set --all-groups LEVEL=info -e prod", "packer:run web -e prod --force", "packer:run web -e prod --force",
            $"autoscale:update web -e prod --force --image {Image} --keep 1h --no-wait",
        })
        {
            await fleet.HereAsync(ExitCode.Done, line.Split(' '));
        }

        foreach (var name in new[] { "lock", "web/lock" })
        {
            await fleet.Clients.SSM.PutParameterAsync(new PutParameterRequest { Name = $"/baker/env/prod/{name}", Type = "String", Overwrite = true, Value = """{"run":"r","owner":"ops@elsewhere","doing":"environment:update","since":"2030-01-01T00:00:00Z","lease":3600,"after":0,"waiting":false}""" });
        }

        foreach (var environment in new[] { "prod", "staging" })
        {
            await fleet.Clients.SSM.PutParameterAsync(new PutParameterRequest { Name = $"/baker/env/{environment}/services/front/i-0123456789abcdef0", Type = "String", Value = """{"service":"front","group":"web","instance":"i-0123456789abcdef0","address":"10.9.9.9","port":80,"zone":"us-east-1a","version":"ami-1ebb2077","since":"2026-11-27T08:00:00Z","state":"serving"}""" });
        }

        var before = await SettledAsync(fleet, "prod");
        Assert.That(
            JObject.Parse(before.Cloud).Properties().Select(each => (each.Name, each.Value.Count())),
            Is.EqualTo(new[]
            {
                ("Images", 3), ("Fleets", 2), ("Nodes", 3), ("Volumes", 3), ("Templates", 2), ("Parameters", 7), ("Versions", 2), ("Policies", 2),
                ("Schedules", 2), ("SecurityGroups", 2), ("Balancers", 1), ("TargetGroups", 1), ("Topics", 1), ("Alarms", 3),
            }),
            before.Cloud);
        Assert.That(before.Files.Keys, Is.SupersetOf(new[] { "builds/prod/web.json", "dna/prod/asg/web.json", "packer/prod/web.json", "environments/prod.json", "roles/web.json" }));

        var refused = new List<string>();
        foreach (var (command, code) in s_whole)
        {
            var line = command.Contains("IMAGE", StringComparison.Ordinal)
                ? command.Replace("IMAGE", (string?)JObject.Parse(project.Read("builds/staging/web.json"))["image"], StringComparison.Ordinal)
                : command;
            var usesPacker = command.Contains("--engine", StringComparison.Ordinal);
            var calls = await CallsAsync(project);
            var run = usesPacker ? await fleet.RunAsync(line.Split(' ')) : await project.RunAsync(line.Split(' '));
            var made = (await CallsAsync(project)).Where(call => call.Value > calls.GetValueOrDefault(call.Key)).Select(call => call.Key).ToList();
            refused.AddRange(usesPacker ? [] : made.Except(PermissionTable.Of(line.Split(' ')[0])).Select(call => $"{line}: {call}"));
            await CompareAsync(fleet, before, command, code, run);
        }

        Assert.That(string.Join('\n', refused), Is.Empty, "calls that package iam:policy does not allow");
        Assert.That((await fleet.OfAsync("staging")).Where(each => !each.StartsWith("parameter /baker/env/staging/config/", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Commands_OnNodesThatRun_EachLeavesTheOthersByteForByte()
    {
        await Sandboxes.RequireAsync();
        var project = new TestProject(Manifest(withBalancer: false));
        await using var fleet = await ServeAsync(project);
        foreach (var line in new[] { "packer:run web -e prod", "autoscale:run web -e prod", "instance:create web --key ops.pem --zone us-east-1a --name prod-box -e prod", "config:set web A=1 -e prod" })
        {
            await fleet.HereAsync(ExitCode.Done, line.Split(' '));
        }

        project.Write("a.sh", "exit 1\n");
        await fleet.HereAsync(ExitCode.CloudFailed, "packer:run", "web", "-e", "prod", "--on-error", "keep");
        project.Write("a.sh", Script);
        await Wait.UntilAsync(async () => (await fleet.RunAsync("config:push", "web", "-e", "prod")).Code == ExitCode.Done, "the nodes of prod to take their configuration");
        var before = await SettledAsync(fleet, "prod");
        Assert.That(JObject.Parse(before.Cloud)["Nodes"]!.Count(), Is.EqualTo(3), "the fleet's, the one beside it, and that of the failed bake");
        Assert.That(before.Files.Keys.Where(file => file.EndsWith("/etc/baker/env", StringComparison.Ordinal)).Count(), Is.EqualTo(2), string.Join('\n', before.Files.Keys));

        foreach (var command in s_executed)
        {
            var run = command.StartsWith("instance:shell", StringComparison.Ordinal)
                ? await ProgramRun.OfAsync(PackageProgram.ForProcesses.Start(project, command.Split(' ')), "touch /etc/touched\n")
                : await fleet.RunAsync(command.Split(' '));
            await CompareAsync(fleet, before, command, ExitCode.Done, run);
        }
    }

    /// <summary>How often each action has been called, by the name that policies have for it.</summary>
    private static async Task<Dictionary<string, long>> CallsAsync(TestProject project)
    {
        var status = await project.RunAsync("local:status", "--json");
        return LocalCloudStatus.FromJson(status.Out).Calls
            .Select(call => (Name: NameInPolicies(call.Key), Count: (long)call.Value.Calls))
            .Where(call => call.Name != "sts:GetCallerIdentity") // which nobody can be refused
            .GroupBy(call => call.Name)
            .ToDictionary(calls => calls.Key, calls => calls.Sum(call => call.Count));
    }

    private static string NameInPolicies(string call) => call switch
    {
        "s3:HeadObject" => "s3:GetObject",
        _ when call.StartsWith("monitoring:", StringComparison.Ordinal) => "cloudwatch" + call["monitoring".Length..],
        _ => call,
    };

    private static string Manifest(bool withBalancer)
    {
        string Balancer() => withBalancer
            ? $$$"""
              "__balancers__": {"www": {"security_groups": ["lb"], "port": 8080, "health_check": {"path": "/", "interval": 5, "timeout": 4, "healthy": 2}, "deregistration_delay": 1,
                "listeners": [{"port": {{{Ports.Next()}}}, "protocol": "HTTP", "rules": [{"priority": 1, "path": "/api", "forward": "web"}]}],
                "alarms": {"errors": {"metric": "HTTPCode_ELB_5XX_Count", "statistic": "Sum", "threshold": 10, "actions": {"alarm": "ops"} } } } }
              """
            : "\"__description__\": \"without a balancer\"";
        var around = withBalancer
            ? """
              "__security_groups__": {"lb": {"inbound": [{"port": 80, "from": "0.0.0.0/0"}]}, "web": {"inbound": [{"port": 8080, "from": "balancer:www"}]}},
              "__topics__": {"ops": {"display_name": "Ops", "subscriptions": [{"email": "ops@example.com"}]}},
              """
            : "";
        var joined = withBalancer
            ? """
              "balancer": "www", "security_groups": ["web"], "alarms": {"busy": {"metric": "CPUUtilization", "threshold": 40, "actions": {"alarm": ["grow", "ops"]}}},
              """
            : "";
        var scaling = withBalancer
            ? """
              , "policies": {"grow": {"type": "simple", "change": 1}}, "schedules": {"night": {"recurrence": "0 20 * * *", "min": 1}}
              """
            : "";
        return $$$$"""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "source_ami": "{{{{Image}}}}", "instance_type": "m1.large"},
              {{{{around}}}}
              "web": {{{{{joined}}}} "provision": ["a.sh"], "provides": {"front": {}}, "config": true, "iam_instance_profile": "nodes", "tasks": {"hello": "a.sh"},
                "autoscale": {"node_min": 1, "node_max": 4, "timeout": 0, "warmup": 1{{{{scaling}}}}}},
              "bare": {"autoscale": false},
              "__environments__": {"staging": {"web": {"tags": {"tier": "test"}}, {{{{Balancer()}}}}}, "prod": {{{{{Balancer()}}}}}}
            }
            """;
    }

    private static async Task<FleetProject> ServeAsync(TestProject project)
    {
        project.Write("a.sh", Script);
        project.Write("variables.env", "IMPORTED=1\n");
        project.Write("edit.sh", "echo 'EDITED=\"1\"' >> \"$1\"\n");
        project.Environment["EDITOR"] = "sh ./edit.sh";
        using var rsa = RSA.Create(2048);
        project.Write("ops.pem", rsa.ExportRSAPrivateKeyPem());
        return await FleetProject.ServeAsync(project, 0.02);
    }

    private static async Task CompareAsync(FleetProject fleet, (string Cloud, SortedDictionary<string, string> Files) before, string command, ExitCode code, ProgramRun run)
    {
        TestContext.Out.WriteLine($"{run.Code,-12} {command}");
        var said = $"package {command}\n{run.Out}{run.Error}";
        Assert.That(run.Code, Is.EqualTo(code), said);
        if (!s_ofBoth.Any(command.StartsWith))
        {
            Assert.That(run.Out, Does.Not.Contain("prod"), said);
        }

        Assert.That(await EnvironmentState.OfAsync(fleet.Clients, "prod"), Is.EqualTo(before.Cloud), said);
        var now = await FilesAsync(fleet, before.Cloud);
        Assert.That(before.Files.Where(file => now.GetValueOrDefault(file.Key) != file.Value).Select(file => file.Key), Is.Empty, said);
        Assert.That(now.Keys.Where(file => !before.Files.ContainsKey(file) && !file.Contains("staging", StringComparison.Ordinal) && !file.StartsWith("builds/contents/", StringComparison.Ordinal)), Is.Empty, said);
    }

    /// <summary>The state once nothing of it changes by itself any more.</summary>
    private static async Task<(string Cloud, SortedDictionary<string, string> Files)> SettledAsync(FleetProject fleet, string environment)
    {
        var (last, same) = ("", 0);
        await Wait.UntilAsync(async () =>
        {
            var now = await EnvironmentState.OfAsync(fleet.Clients, environment);
            same = now == last && !now.Contains("\"pending\"", StringComparison.OrdinalIgnoreCase) ? same + 1 : 0;
            last = now;
            return same >= 5;
        });
        return (last, await FilesAsync(fleet, last));
    }

    /// <summary>The project's files, and of the nodes' own disks what deploys and pushes write.</summary>
    private static async Task<SortedDictionary<string, string>> FilesAsync(FleetProject fleet, string state)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var own = Directory.EnumerateFileSystemEntries(fleet.Project.Folder)
            .Where(entry => Path.GetFileName(entry) != ".package")
            .SelectMany(entry => File.Exists(entry) ? [entry] : Under(entry));
        var written = JObject.Parse(state)["Nodes"]!
            .SelectMany(node => Under(fleet.Project.PathOf($".package/instances/{node["InstanceId"]}")))
            .Where(file => s_written.Any(file.EndsWith));
        foreach (var file in own.Concat(written))
        {
            files[Path.GetRelativePath(fleet.Project.Folder, file)] = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file));
        }

        return files;

        static IEnumerable<string> Under(string folder) => Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            : [];
    }
}
