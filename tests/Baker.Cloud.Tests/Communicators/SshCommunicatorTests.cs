using System.Text;
using Baker.Cloud.Communicators;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Communicators;

/// <summary>The communicator against a real sshd.</summary>
[Platform("Linux")]
internal sealed class SshCommunicatorTests
{
    private const string Other = "AAAAC3NzaC1lZDI1NTE5AAAAIH5bHb9Ax8WvakkLAuc49elpRFaX/E6L+4XBuUsPN/pC";

    private readonly StringBuilder _output = new();
    private SshServerStage _stage = null!;

    [SetUp]
    public void SetStage() => _stage = new SshServerStage();

    [TearDown]
    public async Task Strike() => await _stage.DisposeAsync();

    [Test]
    public async Task UntilReady_AnotherHostKeyThanTheConsoles_IsRefused()
    {
        var keys = HostKeys.OfConsole($"-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 {Other} root@x\n-----END SSH HOST KEY KEYS-----")!;
        await using var communicator = _stage.Communicator(keys);

        Assert.That(
            async () => await communicator.UntilReadyAsync(CancellationToken.None),
            Throws.InstanceOf<BakerException>().With.Property("Code").EqualTo(ExitCode.CloudFailed).And.Message.Contains("shows another ssh-ed25519 key"));
    }

    [Test]
    public async Task UntilReady_NoHostKeyIsKnown_TheFirstIsTakenAndThatIsSaid()
    {
        await using var communicator = _stage.Communicator(HostKeys.Unknown());

        await communicator.UntilReadyAsync(CancellationToken.None);

        Assert.That(_stage.Notes, Has.Exactly(1).Contains("names no SSH host keys"));
    }

    [Test]
    public async Task Run_AScriptThatFails_GivesItsCodeAndKeepsItsFiles()
    {
        await using var communicator = await ReadyAsync("echo out; echo err >&2; exit 41\n");

        Assert.That((await communicator.RunAsync(Show, CancellationToken.None)).Code, Is.EqualTo(41));
        Assert.That(_output.ToString(), Is.EqualTo("==> a.sh\nout\nerr\n==> failed with exit code 41\n"));
        Assert.That(Directory.Exists(_stage.Payload), Is.True);
    }

    [Test]
    public async Task Run_TheConnectionIsLost_GoesOnAndMissesAndRepeatsNothing()
    {
        var go = Path.Combine(Path.GetDirectoryName(_stage.Payload)!, "go");
        await using var communicator = await ReadyAsync($"for i in 1 2 3; do echo $i; until [ -e {go}$i ]; do sleep 0.05; done; done\n");
        var running = communicator.RunAsync(Show, CancellationToken.None);
        for (var line = 1; line <= 3; line++)
        {
            // The script goes on while nobody is connected: its next line comes through the next connection.
            await Wait.UntilAsync(() => Task.FromResult(Shown().EndsWith($"{line}\n", StringComparison.Ordinal)), Shown);
            if (line < 3)
            {
                _stage.Cut();
            }

            await File.WriteAllTextAsync(go + line, "");
        }

        Assert.That((await running).Code, Is.Zero);
        Assert.That(_output.ToString(), Is.EqualTo("==> a.sh\n1\n2\n3\n"));
        Assert.That(_stage.Notes, Has.Exactly(2).Contains("was lost"));
        Assert.That(Directory.Exists(_stage.Payload), Is.False);
    }

    [Test]
    public async Task Run_Interrupted_EndsAsThat()
    {
        await using var communicator = await ReadyAsync("sleep 20\n");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        Assert.That(async () => await communicator.RunAsync(Show, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private async Task<SshCommunicator> ReadyAsync(string script)
    {
        var communicator = _stage.Communicator(_stage.RealKeys);
        await communicator.UntilReadyAsync(CancellationToken.None);
        var input = new BakeInput(new NodeGroup { Name = GroupName.Parse("bee"), Attributes = [] }, [new PayloadFile("a.sh", Encoding.UTF8.GetBytes(script))], []);
        await communicator.SendAsync(Payload.Pack(input), CancellationToken.None);
        return communicator;
    }

    private string Shown()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    private void Show(string text)
    {
        lock (_output)
        {
            _output.Append(text);
        }
    }
}
