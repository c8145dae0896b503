using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Stores;

/// <summary>
/// Runs the engines of data stores. As with instances, what a sandbox has still to do is in the record, it outlives this process, and
/// one that has ended with the host is started again.
/// </summary>
internal sealed class EngineRuns
{
    /// <summary>What the ids of engines begin with, as their folders beside those of the instances do.</summary>
    private const string Prefix = "db";
    /// <summary>What an engine's script makes in its sandbox when the engine answers.</summary>
    private const string Ready = "srv/baker/ready";
    private const int SecretLength = 32;
    private const int Years = 10;

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_applyLimit = TimeSpan.FromSeconds(30);

    private readonly CloudContext _cloud;
    private readonly Table<EngineRecord> _engines;
    /// <summary>Those that are to start when the one that they follow answers.</summary>
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private DateTimeOffset _looked;

    public EngineRuns(CloudContext cloud)
    {
        _cloud = cloud;
        _engines = cloud.Store.Table("store-engines", StoreJson.Default.EngineRecord);
        Recover();
    }

    /// <summary>The addresses that the engines have.</summary>
    public IEnumerable<string> Addresses => _engines.All.Select(each => each.Address);

    /// <summary>Why nothing would listen behind an endpoint; null where something does.</summary>
    public string? Obstacle(EngineKind? kind, string engine) =>
        _cloud.Sandboxes is null ? $"nothing is executed: {_cloud.Support.Reason}"
        : kind is null ? $"the local cloud has no program for {engine}"
        : kind.Find() is null ? $"{kind.Title} is not installed on this host (Debian: {kind.Package})"
        : null;

    /// <summary>Why nothing listens behind a store's endpoint, where that was said.</summary>
    public string? Silence(string arn) => _cloud.Silent.GetValueOrDefault(arn);

    /// <summary>Says that nothing listens behind a store's endpoint. Where nothing is executed at all, the cloud has said so.</summary>
    public void Say(string arn, string reason)
    {
        if (_cloud.Silent.TryAdd(arn, reason) && _cloud.Sandboxes is not null)
        {
            _cloud.Options.Notice?.Invoke($"NOTHING LISTENS: {arn}: {reason}");
        }
    }

    public void Forget(string arn) => _cloud.Silent.Remove(arn);

    public EngineRecord? Find(string? id) => id is null ? null : _engines.Find(id);

    /// <summary>Says of a store that is there when the cloud opens that nothing listens behind it, where that is so.</summary>
    public void Check(string arn, EngineKind? kind, string engine, bool hasEngine)
    {
        if ((Obstacle(kind, engine) ?? (hasEngine ? null : "nothing could run when it was made")) is { } reason)
        {
            Say(arn, reason);
        }
    }

    /// <summary>Begins an engine.</summary>
    /// <param name="arn">The store that it is for.</param>
    /// <param name="primary">The one that it follows.</param>
    public EngineRecord Begin(
        string arn,
        EngineKind kind,
        string address,
        int port,
        string user = "",
        string password = "",
        string database = "",
        EngineRecord? primary = null,
        bool needsTls = false)
    {
        var (certificate, key) = primary is null ? MakeCertificate(address) : (primary.Certificate, primary.CertificateKey);
        var engine = new EngineRecord
        {
            Id = Identifiers.New(Prefix),
            Arn = arn,
            Kind = kind.Name,
            Address = address,
            Port = port,
            User = primary?.User ?? user,
            Password = primary?.Password ?? password,
            Database = primary?.Database ?? database,
            Secret = primary?.Secret ?? RandomNumberGenerator.GetHexString(SecretLength, lowercase: true),
            PrimaryId = primary?.Id,
            NeedsTls = primary?.NeedsTls ?? needsTls,
            Certificate = certificate,
            CertificateKey = key,
            Number = RandomNumberGenerator.GetInt32(1, int.MaxValue),
        };
        Put(engine, EngineWork.Start);
        return engine;
    }

    /// <summary>Begins one, or says why nothing listens: then there is none.</summary>
    /// <param name="engine">What the service calls it.</param>
    public string? TryBegin(
        string arn,
        EngineKind? kind,
        string engine,
        string address,
        int port,
        string user = "",
        string password = "",
        string database = "",
        EngineRecord? primary = null,
        bool needsTls = false)
    {
        if (Obstacle(kind, engine) is { } obstacle)
        {
            Say(arn, obstacle);
            return null;
        }

        return Begin(arn, kind!, address, port, user, password, database, primary, needsTls).Id;
    }

    public void Start(string? id)
    {
        if (Find(id) is { } engine)
        {
            Put(engine with { IsWanted = true, Failure = null }, EngineWork.Start);
        }
    }

    public void Stop(string? id)
    {
        if (Find(id) is { } engine)
        {
            Put(engine with { IsWanted = false, IsReady = false }, EngineWork.Stop);
        }
    }

    public void Restart(string? id)
    {
        if (Find(id) is { } engine)
        {
            Put(engine with { IsReady = false, Failure = null }, EngineWork.Restart);
        }
    }

    /// <summary>Gives an engine, and those that follow it, another password; Redis begins anew with it.</summary>
    public void SetPassword(string? id, string password)
    {
        foreach (var engine in _engines.All.Where(each => id is not null && (each.Id == id || each.PrimaryId == id)).ToList())
        {
            var isSql = engine.Kind is "postgres" or "mariadb";
            var follows = engine is { PrimaryId: not null, Kind: "postgres" };
            Put(
                engine with { Password = password, IsReady = engine.IsReady && isSql },
                follows ? engine.Work : !isSql ? EngineWork.Restart : engine.IsWanted ? EngineWork.Apply : engine.Work);
        }
    }

    public void Remove(string? id)
    {
        if (Find(id) is { } engine)
        {
            Put(engine with { IsWanted = false, IsReady = false }, EngineWork.Remove);
        }
    }

    /// <summary>Notices engines that have ended with their sandboxes; not more often than twice a second.</summary>
    public void Look(DateTimeOffset now)
    {
        if (now < _looked + s_lookAgain && now >= _looked)
        {
            return;
        }

        _looked = now;
        foreach (var id in _waiting.ToList())
        {
            if (Find(id) is not { } engine || Find(engine.PrimaryId) is not { } primary || primary.IsReady)
            {
                _waiting.Remove(id);
                _cloud.Background.Run(id, stop => WorkAsync(_cloud.Sandboxes!, id, stop));
            }
            else if (primary.Failure is { } failure)
            {
                _waiting.Remove(id);
                _engines.Put(engine with { Work = EngineWork.None, Failure = failure });
            }
        }

        foreach (var engine in _engines.All.Where(each => each is { IsWanted: true, Work: EngineWork.None, Failure: null }).ToList())
        {
            if (engine.Sandbox is { IsAlive: false } or null)
            {
                Put(engine with { IsReady = false, Sandbox = null }, EngineWork.Start);
            }
        }
    }

    private void Recover()
    {
        if (_cloud.Sandboxes is not { } host)
        {
            return;
        }

        foreach (var engine in _engines.All.ToList())
        {
            Put(engine, engine.Work == EngineWork.None && engine is { IsWanted: true, Failure: not null } ? EngineWork.Start : engine.Work);
        }

        var folder = Path.Combine(host.Folders.State, "instances");
        foreach (var left in Directory.Exists(folder) ? Directory.GetDirectories(folder, Prefix + "-*") : [])
        {
            var id = Path.GetFileName(left);
            if (_engines.Find(id) is null)
            {
                _cloud.Background.Run(id, stop => RemoveAsync(host, id, host.Adopt(id), stop));
            }
        }
    }

    private void Put(EngineRecord engine, EngineWork work)
    {
        // What is to go is not kept back by anything else.
        work = engine.Work == EngineWork.Remove ? EngineWork.Remove : work;
        if (_cloud.Sandboxes is not { } host)
        {
            if (work == EngineWork.Remove)
            {
                _engines.Remove(engine.Id);
            }
            else
            {
                _engines.Put(engine with { Work = EngineWork.None });
            }

            return;
        }

        _engines.Put(engine with { Work = work });
        if (work is EngineWork.Start or EngineWork.Restart && Find(engine.PrimaryId) is { IsReady: false })
        {
            _waiting.Add(engine.Id);
        }
        else if (work != EngineWork.None)
        {
            _cloud.Background.Run(engine.Id, stop => WorkAsync(host, engine.Id, stop));
        }
    }

    private async Task WorkAsync(SandboxHost host, string id, CancellationToken stop)
    {
        if (_cloud.Report(() => _engines.Find(id)) is not { Work: not EngineWork.None } engine)
        {
            return;
        }

        var (sandbox, failure) = (engine.Sandbox is { IsAlive: true } known ? known : host.Adopt(id), default(string));
        try
        {
            if (sandbox is not null && engine.Work is EngineWork.Stop or EngineWork.Restart)
            {
                await SandboxHost.StopAsync(sandbox!, force: false, stop).ConfigureAwait(false);
                sandbox = null;
            }

            switch (engine.Work)
            {
                case EngineWork.Remove:
                    await RemoveAsync(host, id, sandbox, stop).ConfigureAwait(false);
                    break;
                case EngineWork.Start or EngineWork.Restart:
                    sandbox = await StartAsync(host, engine, stop).ConfigureAwait(false);
                    break;
                case EngineWork.Apply when sandbox is not null:
                    await ApplyAsync(host, engine, sandbox, stop).ConfigureAwait(false);
                    break;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            failure = error.Message;
            _cloud.Failures.Add($"the engine {id}", error);
        }

        _cloud.Report(() => Worked(id, engine, sandbox, failure));
    }

    private void Worked(string id, EngineRecord before, SandboxProcess? sandbox, string? failure)
    {
        if (_engines.Find(id) is not { } engine)
        {
            return;
        }

        var isDone = engine.Work == before.Work && engine.Password == before.Password;
        if (isDone && engine.Work == EngineWork.Remove)
        {
            if (failure is null)
            {
                _engines.Remove(id);
            }

            return;
        }

        if (isDone && failure is not null)
        {
            Say(engine.Arn, failure);
        }
        else if (isDone && engine.IsWanted)
        {
            Forget(engine.Arn);
        }

        _engines.Put(engine with
        {
            Sandbox = sandbox,
            Work = isDone ? EngineWork.None : engine.Work,
            IsReady = isDone && engine.IsWanted && failure is null && (before.Work != EngineWork.Stop),
            Failure = isDone ? failure : engine.Failure,
        });
    }

    private SandboxSpec SpecOf(EngineRecord engine, string action) => new(engine.Id, engine.Address, [])
    {
        Service = EngineKind.Of(engine.Kind).Script(
            engine,
            _cloud.Report(() => Find(engine.PrimaryId)),
            _cloud.Support.Mode,
            action),
    };

    private async Task<SandboxProcess> StartAsync(SandboxHost host, EngineRecord engine, CancellationToken stop)
    {
        if (host.Adopt(engine.Id) is null)
        {
            host.Take(engine.Id, Ready);
        }

        var sandbox = await host.BootAsync(SpecOf(engine, "run"), snapshotId: null, stop).ConfigureAwait(false);
        var started = TimeProvider.System.GetTimestamp();
        while (!host.Has(engine.Id, Ready))
        {
            var isOver = TimeProvider.System.GetElapsedTime(started) > s_startLimit;
            if (isOver || !sandbox.IsAlive || IsToGo(engine.Id))
            {
                await SandboxHost.StopAsync(sandbox, force: true, stop).ConfigureAwait(false);
                throw new IOException($"{engine.Kind} does not start: {host.ConsoleOf(engine.Id)?.Trim().Split('\n')[^1]}");
            }

            await Task.Delay(s_poll, TimeProvider.System, stop).ConfigureAwait(false);
        }

        return sandbox;
    }

    private bool IsToGo(string id) => _cloud.Report(() => _engines.Find(id)) is null or { IsWanted: false };

    private async Task ApplyAsync(SandboxHost host, EngineRecord engine, SandboxProcess sandbox, CancellationToken stop)
    {
        var spec = SpecOf(engine, "apply");
        if (await host.RunAsync(spec, sandbox, spec.Service!, s_applyLimit, stop).ConfigureAwait(false) != 0)
        {
            throw new IOException($"{engine.Kind} did not take the new password");
        }
    }

    private static async Task RemoveAsync(SandboxHost host, string id, SandboxProcess? sandbox, CancellationToken stop)
    {
        if (sandbox is not null)
        {
            await SandboxHost.StopAsync(sandbox, force: true, stop).ConfigureAwait(false);
        }

        await host.RemoveInstanceAsync(id, stop).ConfigureAwait(false);
    }

    /// <summary>Signed by itself: of no authority that a client could know.</summary>
    private (string Certificate, string Key) MakeCertificate(string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + address, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true,
            hasPathLengthConstraint: false,
            pathLengthConstraint: 0,
            critical: true));
        using var certificate = request.CreateSelfSigned(_cloud.Now.AddDays(-1), _cloud.Now.AddYears(Years));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
