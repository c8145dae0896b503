using System.Diagnostics;

namespace Baker.Testing;

/// <summary>Debian's etcd on a loopback port, of one member; its data is kept over a stop, and gone with it.</summary>
internal sealed class EtcdServer : IAsyncDisposable
{
    public const string RootPassword = "root-secret";

    private readonly string _data = Directory.CreateTempSubdirectory("baker-etcd-").FullName;
    private readonly int _port = Ports.Next();
    private readonly int _peerPort = Ports.Next();
    private readonly EtcdCertificates? _certificates;
    private readonly bool _asksForCertificates;
    private Process? _process;
    private bool _hasUsers;

    private EtcdServer(EtcdCertificates? certificates, bool asksForCertificates) =>
        (_certificates, _asksForCertificates) = (certificates, asksForCertificates);

    public Uri Address => new($"{(_certificates is null ? "http" : "https")}://127.0.0.1:{_port}");

    /// <summary>Starts it; without etcd the test is skipped, or fails where peers are required.</summary>
    public static async Task<EtcdServer> StartAsync(EtcdCertificates? certificates = null, bool asksForCertificates = false)
    {
        Peers.Require("etcd");
        Peers.Require("etcdctl");
        var server = new EtcdServer(certificates, asksForCertificates);
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        var peer = $"http://127.0.0.1:{_peerPort}";
        var start = new ProcessStartInfo("etcd") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--name", "one", "--data-dir", _data, "--unsafe-no-fsync", "--logger", "zap", "--log-level", "error",
            "--heartbeat-interval", "10", "--election-timeout", "100",
            "--listen-client-urls", Address.GetLeftPart(UriPartial.Authority), "--advertise-client-urls", Address.GetLeftPart(UriPartial.Authority),
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"one={peer}",
            .. _certificates is { } files ? new[] { "--cert-file", files.Server, "--key-file", files.ServerKey } : [],
            .. _asksForCertificates ? new[] { "--client-cert-auth", "--trusted-ca-file", _certificates!.Authority } : [],
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Wait.UntilAsync(async () => (await RunControlAsync("get", "/up")).Code == 0, "etcd to answer");
    }

    /// <summary>Ends it, as a machine that loses its power does.</summary>
    public void Stop()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process?.Dispose();
        _process = null;
    }

    /// <summary>Lets it neither answer nor refuse, or go on.</summary>
    public async Task FreezeAsync(bool isFrozen) =>
        await ProcessRun.RunAsync(new ProcessStartInfo("kill", [isFrozen ? "-STOP" : "-CONT", $"{_process!.Id}"]));

    /// <summary>What etcdctl says; root does it once there are users.</summary>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        var run = await RunControlAsync(arguments);
        Assert.That(run.Code, Is.Zero, $"etcdctl {string.Join(' ', arguments)}: {run.Error}{run.Out}");
        return run.Out;
    }

    /// <summary>Enables users, each with a role of its own that may read and write below each of its prefixes.</summary>
    public async Task EnableUsersAsync(params (string User, string Password, string[] Reads, string[] Writes)[] users)
    {
        await ControlAsync("user", "add", $"root:{RootPassword}");
        await ControlAsync("user", "grant-role", "root", "root");
        foreach (var (user, password, reads, writes) in users)
        {
            await ControlAsync("role", "add", user);
            foreach (var prefix in reads)
            {
                await ControlAsync("role", "grant-permission", user, "--prefix=true", "read", prefix);
            }

            foreach (var prefix in writes)
            {
                await ControlAsync("role", "grant-permission", user, "--prefix=true", "readwrite", prefix);
            }

            await ControlAsync("user", "add", $"{user}:{password}");
            await ControlAsync("user", "grant-role", user, user);
        }

        await ControlAsync("auth", "enable");
        _hasUsers = true;
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        Directory.Delete(_data, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Task<ProcessRun> RunControlAsync(params string[] arguments)
    {
        string[] all =
        [
            "--endpoints", Address.GetLeftPart(UriPartial.Authority), "--dial-timeout", "10s", "--command-timeout", "10s",
            .. _hasUsers ? new[] { "--user", $"root:{RootPassword}" } : [],
            .. _certificates is { } files ? new[] { "--cacert", files.Authority, "--cert", files.Client, "--key", files.ClientKey } : [],
            .. arguments,
        ];
        return ProcessRun.RunAsync(new ProcessStartInfo("etcdctl", all) { Environment = { ["ETCDCTL_API"] = "3" } });
    }
}
