using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Baker.Cloud.Communicators;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Communicators;

/// <summary>A real sshd of this host on a port of its own, and communicators that log in to it.</summary>
internal sealed class SshServerStage : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("baker-sshd-").FullName;
    private readonly int _port = Ports.Next();
    private readonly CloudClients _clients;
    private readonly SshIdentity _identity;
    private readonly Process _server;

    public SshServerStage()
    {
        var sshd = (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin").Split(':').Select(folder => Path.Combine(folder, "sshd")).FirstOrDefault(File.Exists);
        if (sshd is null)
        {
            Peers.Missing("sshd is not installed.");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root can log in as root.");
        }

        Directory.CreateDirectory("/run/sshd");
        HostKey = Path.Combine(_folder, "host");
        using (var made = Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", HostKey]))
        {
            made.WaitForExit();
        }

        var reach = new SshReach { ServerOf = (_, _) => Task.FromResult<(string, int)?>(("127.0.0.1", _port)) };
        _identity = SshIdentity.Of(new SshSettings(), reach);
        File.WriteAllText(Path.Combine(_folder, "keys"), _identity.PublicHalf + "\n");
        string[] options =
        [
            $"Port={_port}", "ListenAddress=127.0.0.1", $"HostKey={HostKey}", $"AuthorizedKeysFile={Path.Combine(_folder, "keys")}",
            "StrictModes=no", "UsePAM=no", "PidFile=none", "PermitRootLogin=prohibit-password",
        ];
        _server = Process.Start(new ProcessStartInfo(sshd!, ["-D", "-f", "/dev/null", .. options.SelectMany(option => new[] { "-o", option })]) { RedirectStandardError = true })!;
        var connection = new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("x", "x"), ServiceUrl = new Uri("http://127.0.0.1:1/"), Ssh = reach };
        _clients = new CloudClients(connection, "us-east-1");
    }

    /// <summary>The file of the server's private key; its public half is beside it.</summary>
    public string HostKey { get; }

    public List<string> Notes { get; } = [];

    /// <summary>Where the payload is unpacked.</summary>
    public string Payload => Path.Combine(_folder, "payload");

    public HostKeys RealKeys => HostKeys.OfConsole($"-----BEGIN SSH HOST KEY KEYS-----\n{File.ReadAllText(HostKey + ".pub")}-----END SSH HOST KEY KEYS-----")!;

    public SshCommunicator Communicator(HostKeys keys)
    {
        var target = new SshTarget("i-0123456789abcdef0", "bee", new SshSettings { Username = "root", Timeout = TimeSpan.FromSeconds(20) }, Payload) { IsOfBake = true };
        return new SshCommunicator(_clients, new Pacer(TimeProvider.System), TimeProvider.System, target, _identity, Notes.Add, keys);
    }

    /// <summary>Ends the connections that stand; the server goes on.</summary>
    public void Cut()
    {
        foreach (var session in Children(_server.Id))
        {
            using var process = Process.GetProcessById(session);
            process.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        _server.Dispose();
        _identity.Dispose();
        _clients.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<int> Children(int parent) =>
        File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture));
}
