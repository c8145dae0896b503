using System.Diagnostics;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Bakes;

/// <summary><c>packer:run</c> over SSH, end to end on the local cloud, with a real sshd in each instance.</summary>
internal sealed class SshBakeTests
{
    private const string OverSsh = """ "bee": {"communicator": "ssh", "security_groups": ["web"], "provision": ["scripts/a.sh"]} """;

    private BakeStage _stage = null!;

    [SetUp]
    public async Task SetStage()
    {
        _stage = new BakeStage(OverSsh);
        await Sandboxes.RequireAsync();
        Peers.Require("sshd");
    }

    [TearDown]
    public void Strike() => _stage.Dispose();

    [Test]
    public async Task Run_OverSsh_TheImageHasWhatTheScriptsWroteAndNoKey()
    {
        Script("""
            id -u > /etc/bee
            grep -c 'ssh-ed25519 ' /home/ubuntu/.ssh/authorized_keys /root/.ssh/authorized_keys
            echo 'ssh-rsa AAAAsomebody else' >> /home/ubuntu/.ssh/authorized_keys
            """);

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        Assert.That(run.Error, Does.Contain("/home/ubuntu/.ssh/authorized_keys:1").And.Contain("/root/.ssh/authorized_keys:1"));
        Assert.That(run.Error, Does.Not.Contain("agent").And.Not.Contain("names no SSH host keys"));
        Assert.That((await _stage.LookAsync()).Litter.Where(left => left != "security group web"), Is.Empty);
        var image = (await _stage.ImagesAsync()).Single();
        var look = "cat /etc/bee /home/ubuntu/.ssh/authorized_keys; wc -c < /root/.ssh/authorized_keys; ls /var/lib/baker; tail -n 1 /var/log/baker/provision.log";
        Assert.That(await _stage.RunOnImageAsync(image, look), Is.EqualTo("0\nssh-rsa AAAAsomebody else\n0\n/root/.ssh/authorized_keys:1\n"));
    }

    [Test]
    public async Task Run_AScriptFails_TellsItsExitCodeAndLeavesNothing()
    {
        Script("echo before; echo broken >&2; exit 23\n");

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out + run.Error, Does.Contain("failed with exit code 23").And.Contain("broken"));
        Assert.That(_stage.Project.Read(".package/logs/bee.log"), Does.Contain("before\nbroken\n"));
        Assert.That((await _stage.LookAsync()).Litter.Where(left => left != "security group web"), Is.Empty);
    }

    [Test]
    public async Task Run_OutputComesAsItIsWritten_AndWhatAScriptLeavesRunningDoesNotHoldTheBakeUp()
    {
        Script("echo first; (sleep 600 &); sleep 3; echo second\n");
        var seen = new Dictionary<string, long>();
        using var process = Process.Start(PackageProgram.ForProcesses.Start(_stage.Project, "packer:run", "bee"))!;
        var output = process.StandardOutput.ReadToEndAsync();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            seen.TryAdd(line.Trim(' ', '|'), Stopwatch.GetTimestamp());
        }

        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, await output);
        Assert.That(Stopwatch.GetElapsedTime(seen["first"], seen["second"]), Is.GreaterThan(TimeSpan.FromSeconds(1.5)));
    }

    [Test]
    public async Task Run_ALongOutput_ComesWhole()
    {
        Script("i=0; while [ $i -lt 30000 ]; do echo \"line $i of a long output, with a cent: ¢\"; i=$((i + 1)); done\n");

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out);
        var lines = _stage.Project.Read(".package/logs/bee.log").Split('\n').Where(line => line.StartsWith("line ", StringComparison.Ordinal)).ToList();
        Assert.That(lines, Is.EqualTo(Enumerable.Range(0, 30000).Select(number => $"line {number} of a long output, with a cent: ¢")));
    }

    [Test]
    public async Task Run_ALargePayload_NeedsNoBucket()
    {
        Script("ls -l data.sh | cut -d ' ' -f 5; wc -c < ./scripts/data.sh\n");
        var noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        _stage.Project.Write("scripts/data.sh", "exit 0\n" + Convert.ToBase64String(noise));
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(OverSsh.Replace("\"scripts/a.sh\"", "\"scripts/a.sh\", \"scripts/data.sh\"", StringComparison.Ordinal)));

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Out);
        Assert.That(run.Error, Does.Contain("400007"));
    }

    [TestCase("ssh_private_key_file")]
    [TestCase("ssh_agent_auth")]
    public async Task Run_WithTheOperatorsKey_LogsInWithItAndTakesItOut(string attribute)
    {
        Peers.Require("ssh-agent");
        var key = _stage.Project.PathOf("operator");
        var made = await ProcessRun.RunAsync(new ProcessStartInfo("ssh-keygen", ["-q", "-t", attribute == "ssh_agent_auth" ? "rsa" : "ed25519", "-N", "", "-f", key]));
        Assert.That(made.Code, Is.Zero, made.Error);
        var publicHalf = string.Join(' ', File.ReadAllText(key + ".pub").Split(' ').Take(2));
        using var agent = attribute == "ssh_agent_auth" ? new Agent(_stage.Project.PathOf("agent"), key) : null;
        if (agent is not null)
        {
            _stage.Project.Environment["SSH_AUTH_SOCK"] = agent.Socket;
        }

        Script("cat /home/ubuntu/.ssh/authorized_keys\n");
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(OverSsh.Replace("\"ssh\"", agent is null ? "\"ssh\", \"ssh_private_key_file\": \"operator\"" : "\"ssh\", \"ssh_agent_auth\": true", StringComparison.Ordinal)));

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error + run.Out);
        Assert.That(run.Error, Does.Contain(publicHalf));
        Assert.That((await _stage.LookAsync()).Litter.Where(left => left != "security group web"), Is.Empty);
        Assert.That(await _stage.RunOnImageAsync((await _stage.ImagesAsync()).Single(), "cat /home/ubuntu/.ssh/authorized_keys"), Is.Empty);
    }

    [Test]
    public async Task Run_WithoutOpenSshOnTheImage_SaysSoAndBakesThroughSsm()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(""" "bee": {"provision": ["scripts/a.sh"]} """));
        Script("rm \"$(command -v sshd)\"\n");
        var bare = await _stage.Project.RunAsync("packer:run", "bee");
        var image = (await _stage.ImagesAsync()).Single();
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf(OverSsh.Replace("{", "{\"source_ami\": \"" + image + "\", ", StringComparison.Ordinal)));

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(bare.Code, Is.EqualTo(ExitCode.Done), bare.Out);
        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(run.Out, Does.Contain("over SSH: OpenSSH is not installed on this host"));
        Assert.That((await _stage.LookAsync()).Litter.Where(left => left != "security group web"), Is.Empty);
    }

    [Test]
    public async Task Run_TheWrongUser_IsToldAndCleanedUp()
    {
        _stage.Project.Write("nodes.json", BakeStage.ManifestOf("""
            "ant": {"communicator": "ssh", "provision": ["scripts/a.sh"]},
            "bee": {"communicator": "ssh", "ssh_username": "nobody", "ssh_timeout": "15s", "provision": ["scripts/a.sh"]}
            """));
        Script("true\n");

        var run = await _stage.Project.RunAsync("packer:run", "bee");

        Assert.That(run.Code, Is.EqualTo(ExitCode.TimedOut), run.Out);
        Assert.That(run.Out, Does.Contain("could not be logged in to over SSH as nobody@").And.Contain("ssh_username"));
        Assert.That((await _stage.LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task DryRun_OverSsh_SaysWhomItLetsIn()
    {
        Script("true\n");
        var run = await _stage.Project.RunAsync("packer:run", "bee", "--dry-run");

        Assert.That(run.Out, Does.Contain("opens port 22 to 127.0.0.1 alone").And.Contain("take the key out").And.Contain("run through SSH").And.Not.Contain("agent"));
    }

    private void Script(string text) => _stage.Project.Write("scripts/a.sh", text + "\n");

    /// <summary>A real ssh-agent with one key in it.</summary>
    private sealed class Agent : IDisposable
    {
        private readonly Process _process;

        public Agent(string socket, string key)
        {
            Socket = socket;
            _process = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { RedirectStandardOutput = true })!;
            SpinWait.SpinUntil(() => File.Exists(socket), TimeSpan.FromSeconds(10));
            var add = new ProcessStartInfo("ssh-add", ["-q", key]);
            add.Environment["SSH_AUTH_SOCK"] = socket;
            using var adding = Process.Start(add)!;
            adding.WaitForExit();
        }

        public string Socket { get; }

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
        }
    }
}
