using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Baker.Cloud.Discovery;
using Baker.Cloud.Etcd;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Discovery;

/// <summary>The catalogue in a real etcd: with and without users and TLS, away and back.</summary>
internal sealed class EtcdCatalogTests
{
    private static readonly ServiceName s_api = ServiceName.Parse("api");
    private readonly List<string> _said = [];
    private readonly List<EtcdClient> _clients = [];

    [TearDown]
    public void CloseClients() => _clients.ForEach(client => client.Dispose());

    [Test]
    public async Task Announce_ChangeWithdrawRemove_IsAsInSsm()
    {
        await using var server = await EtcdServer.StartAsync();
        var catalog = Catalog(server);
        var empty = await catalog.VersionAsync(default);
        var entry = Entry("i-1");

        Assert.That(await catalog.AnnounceAsync(entry, default), Is.True);
        Assert.That(await catalog.AnnounceAsync(entry with { Since = entry.Since.AddHours(1) }, default), Is.False, "only the time differs");
        Assert.That(await catalog.ReadAsync(s_api, default), Is.EqualTo(new[] { entry }));
        Assert.That((await catalog.VersionAsync(default)).Number, Is.GreaterThan(empty.Number));
        Assert.That(await server.ControlAsync("get", "/baker/services/api/i-1", "--print-value-only"), Is.EqualTo(entry.ToText() + "\n"));

        var moved = entry with { Port = 8081, Since = entry.Since.AddHours(1) };
        Assert.That(await catalog.AnnounceAsync(moved, default), Is.True);
        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.True);
        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.False);
        var left = (await catalog.ReadAsync(null, default)).Single();
        Assert.That(left, Is.EqualTo(moved.Turned(ServiceState.Leaving, left.Since)));
        Assert.That(left.Since, Is.GreaterThan(moved.Since), "since when it leaves, not since when it served");

        var before = await catalog.VersionAsync(default);
        Assert.That(await catalog.RemoveAsync(s_api, "i-1", default), Is.True);
        Assert.That(await catalog.RemoveAsync(s_api, "i-1", default), Is.False);
        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.False);
        Assert.That(await catalog.ReadAsync(null, default), Is.Empty);
        Assert.That((await catalog.VersionAsync(default)).Number, Is.GreaterThan(before.Number));
    }

    [Test]
    public async Task Read_ManyOfEnvironmentsAndSomeThatAreNone_IsWhatIsOneSorted()
    {
        await using var server = await EtcdServer.StartAsync();
        var (catalog, staging) = (Catalog(server), Catalog(server, "staging"));
        await staging.AnnounceAsync(Entry("i-5"), default);
        Assert.That(await catalog.ReadAsync(null, default), Is.Empty);

        // More than a page, written as a node would, several to a request.
        using var http = new HttpClient { BaseAddress = server.Address };
        foreach (var batch in Enumerable.Range(0, 1100).Chunk(100))
        {
            var puts = batch.Select(node => Entry($"i-{node:0000}") with { Service = ServiceName.Parse(node % 2 == 0 ? "api" : "api-2") })
                .Select(entry => new JObject { ["request_put"] = new JObject { ["key"] = Base64($"/baker/services/{entry.Service}/{entry.Instance}"), ["value"] = Base64(entry.ToText()) } });
            using var reply = await http.PostAsync("/v3/kv/txn", new StringContent(new JObject { ["success"] = new JArray(puts) }.ToString()));
            Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        await server.ControlAsync("put", "/baker/services/api/i-98", "{}");
        await server.ControlAsync("put", "/baker/services/api/i-\nforged: line", "{}");
        await server.ControlAsync("put", "/baker/services/api/i-99", Entry("i-0000").ToText()); // another's name

        var all = await catalog.ReadAsync(null, default);

        Assert.That(all.Select(entry => $"{entry.Service}/{entry.Instance}"), Has.Exactly(1100).Items);
        Assert.That(all, Has.Length.EqualTo(1100).And.EqualTo(ServiceEntry.Sorted(all)));
        Assert.That((await catalog.ReadAsync(s_api, default)).Select(entry => entry.Service).Distinct(), Is.EqualTo(new[] { s_api }));
        Assert.That(_said.Where(said => said.Contains("forged", StringComparison.Ordinal)), Is.Not.Empty.And.All.Contains("i-\\nforged"));
        Assert.That(_said, Has.All.Contains("/baker/services/api/i-98, /baker/services/api/i-99 are no entries of the catalogue").And.All.EndsWith(" removes the first."));
        Assert.That(await catalog.WithdrawAsync(s_api, "i-99", default), Is.True, "nobody can have read it, so it is removed");
        Assert.That(await catalog.ReadAsync(s_api, default), Has.Length.EqualTo(550));
        Assert.That(await staging.ReadAsync(null, default), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Lease_RenewedByAnnouncing_EndsWithTheNode()
    {
        await using var server = await EtcdServer.StartAsync();
        var (node, lost) = (Leased(server, TimeSpan.FromMinutes(10)), Leased(server, TimeSpan.FromSeconds(1)));
        var others = Catalog(server);
        await node.AnnounceAsync(Entry("i-1"), default);
        await lost.AnnounceAsync(Entry("i-2"), default);
        var lease = await LeaseAsync(server, "i-1");

        Assert.That(await node.AnnounceAsync(Entry("i-1"), default), Is.False, "renewed, and nothing else");
        Assert.That(await others.WithdrawAsync(s_api, "i-1", default), Is.True);
        Assert.That((await LeaseAsync(server, "i-1"), lease), Is.EqualTo((lease, lease)).And.Not.EqualTo((0L, 0L)), "who withdraws for it leaves its lease");

        await Wait.UntilAsync(async () => (await others.ReadAsync(s_api, default)).Length == 1, "the lease of the lost node to end");
        Assert.That((await others.ReadAsync(s_api, default)).Single().Instance, Is.EqualTo("i-1"));
        Assert.That(await lost.AnnounceAsync(Entry("i-2"), default), Is.True, "back, with a lease of its own");

        await server.ControlAsync("lease", "revoke", $"{lease:x}");
        Assert.That(await node.AnnounceAsync(Entry("i-1"), default), Is.True);
        Assert.That(await LeaseAsync(server, "i-1"), Is.Not.EqualTo(lease).And.Not.Zero);
    }

    [Test]
    public async Task Outage_StopAndReturn_IsSaidAndOver()
    {
        await using var server = await EtcdServer.StartAsync();
        await server.EnableUsersAsync(("ops", "secret", [], ["/baker/"]));
        var catalog = Catalog(server, connection: With(server) with { User = "ops", Password = "secret" });
        await catalog.AnnounceAsync(Entry("i-1"), default);

        server.Stop();
        await AssertRefusedAsync(() => catalog.ReadAsync(null, default), "cannot be asked at " + server.Address.GetLeftPart(UriPartial.Authority), "Connection refused", "Check that etcd runs");

        await server.StartAgainAsync();
        Assert.That(await catalog.ReadAsync(null, default), Is.EqualTo(new[] { Entry("i-1") }), "with a new session: the old one went with the server");
        Assert.That(await catalog.WithdrawAsync(s_api, "i-1", default), Is.True);
    }

    [Test]
    public async Task Outage_Silence_EndsAtTheLimit()
    {
        await using var server = await EtcdServer.StartAsync();
        var catalog = Catalog(server, connection: With(server) with { Limit = TimeSpan.FromSeconds(0.5) });
        await server.FreezeAsync(isFrozen: true);
        await AssertRefusedAsync(() => catalog.ReadAsync(null, default), "it has not answered within 0.5 s");
        await server.FreezeAsync(isFrozen: false);
        await Wait.UntilAsync(async () => await AnswersAsync(catalog), "etcd to answer again");
    }

    [Test]
    public async Task Endpoints_OneThatIsDown_AreAskedInTurn()
    {
        await using var server = await EtcdServer.StartAsync();
        var down = new EtcdEndpoint(new Uri($"http://127.0.0.1:{Ports.Next()}"), "nodes.json:1:1");
        var catalog = Catalog(server, connection: new EtcdConnection { Endpoints = [down, new EtcdEndpoint(server.Address)] });
        Assert.That(await catalog.AnnounceAsync(Entry("i-1"), default), Is.True);

        server.Stop();
        await AssertRefusedAsync(() => catalog.ReadAsync(null, default), "nodes.json:1:1: ", $"{down} (Connection refused", $"{server.Address.GetLeftPart(UriPartial.Authority)} (Connection refused");
    }

    /// <summary>The roles of docs/services.md: each service's nodes write their service alone, and read all.</summary>
    [Test]
    public async Task Users_RoleOfAService_ChangesNoOther()
    {
        await using var server = await EtcdServer.StartAsync();
        await server.EnableUsersAsync(("ops", "o-secret", [], ["/baker/services/"]), ("narrow", "n-secret", [], ["/baker/services/db/"]));
        var roles = new ProcessStartInfo(Example("etcd-roles"), ["/baker/services", "api", "db"]);
        roles.Environment["ETCDCTL_ENDPOINTS"] = server.Address.GetLeftPart(UriPartial.Authority);
        roles.Environment["ETCDCTL_USER"] = $"root:{EtcdServer.RootPassword}";
        var made = await ProcessRun.RunAsync(roles, "a-secret\nd-secret\n");
        Assert.That(made.Code, Is.Zero, made.Error + made.Out);

        var db = Leased(server, TimeSpan.FromMinutes(10), With(server) with { User = "db", Password = "d-secret" });
        var other = Entry("i-9") with { Service = ServiceName.Parse("db") };
        await db.AnnounceAsync(other, default);
        var api = Leased(server, TimeSpan.FromMinutes(10), With(server) with { User = "api", Password = "a-secret", UserPlace = "nodes.json:1:9" });

        Assert.That(await api.AnnounceAsync(Entry("i-1"), default), Is.True);
        Assert.That(await api.ReadAsync(null, default), Has.Length.EqualTo(2));
        const string Forbidden = "does not let the user api ";
        await AssertRefusedAsync(() => api.AnnounceAsync(other with { Port = 1 }, default), "nodes.json:1:9: ", Forbidden + "write /baker/services/db/i-9", "etcdctl role grant-permission");
        await AssertRefusedAsync(() => api.AnnounceAsync(other with { Instance = "i-8" }, default), Forbidden + "write /baker/services/db/i-8");
        await AssertRefusedAsync(() => api.WithdrawAsync(other.Service, "i-9", default), Forbidden + "write /baker/services/db/i-9");
        await AssertRefusedAsync(() => api.RemoveAsync(other.Service, "i-9", default), Forbidden + "remove /baker/services/db/i-9");
        var narrow = Catalog(server, connection: With(server) with { User = "narrow", Password = "n-secret" });
        await AssertRefusedAsync(() => narrow.ReadAsync(s_api, default), "does not let the user narrow read /baker/services/api/");

        // A lease that another service's entry is bound to cannot be ended, nor its service's name be a longer one.
        var lease = await LeaseAsync(server, "i-9", "db");
        var raw = Client(With(server) with { User = "api", Password = "a-secret" });
        await AssertRefusedAsync(() => raw.SendAsync("lease/revoke", new JObject { ["ID"] = lease }, "end a lease", default), Forbidden + "end a lease");
        await AssertRefusedAsync(() => api.AnnounceAsync(Entry("i-1") with { Service = ServiceName.Parse("api-2") }, default), Forbidden);
        await AssertRefusedAsync(() => raw.SendAsync("kv/deleterange", new JObject { ["key"] = Base64("/baker/services/"), ["range_end"] = Base64("/baker/services0") }, "remove all", default), Forbidden);
        Assert.That(await Catalog(server, connection: With(server) with { User = "ops", Password = "o-secret" }).ReadAsync(other.Service, default), Is.EqualTo(new[] { other }));
    }

    /// <summary>The policy of docs/services.md, as moto evaluates it: without its conditions, which are AWS's alone.</summary>
    [TestCase("ssm:PutParameter", "api-workers/i-1", true)]
    [TestCase("ssm:DeleteParameter", "api-workers/i-1", true)]
    [TestCase("ssm:PutParameter", "_version", true)]
    [TestCase("ssm:GetParametersByPath", "db", true)]
    [TestCase("ssm:PutParameter", "db/i-1", false)]
    [TestCase("ssm:DeleteParameter", "db/i-1", false)]
    [TestCase("ssm:DeleteParameter", "_version", false)]
    [TestCase("ssm:PutParameter", "api-workers-2/i-1", false)]
    [TestCase("ssm:PutParameter", "api-workers", false)]
    [TestCase("ssm:LabelParameterVersion", "api-workers/i-1", false)]
    public async Task Policy_OfAService_ChangesNoOther(string action, string name, bool isAllowed)
    {
        const string Script = """
            import sys
            try:
                from moto.iam.access_control import IAMPolicy
            except ImportError:
                sys.exit(9)
            print(IAMPolicy(open(sys.argv[1]).read()).is_action_permitted(sys.argv[2], sys.argv[3]))
            """;
        var resource = $"arn:aws:ssm:us-east-1:123456789012:parameter/baker/services/{name}";
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("python3", ["-c", Script, Example("ssm-policy.json"), action, resource]));
        if (run.Code == 9)
        {
            Peers.Missing("moto is not installed");
        }

        Assert.That(run.Out.Trim(), Is.EqualTo($"PermissionResult.{(isAllowed ? "PERMITTED" : "NEUTRAL")}"), run.Error);
    }

    [Test]
    public async Task Users_WrongOrMissing_AreToldWhereTheyStand()
    {
        await using var server = await EtcdServer.StartAsync();
        var user = With(server) with { User = "ops", Password = "wrong", UserPlace = "nodes.json:3:7" };
        await AssertRefusedAsync(() => Catalog(server, connection: user).ReadAsync(null, default), "nodes.json:3:7: ", "has no users: authentication is not enabled");
        await server.EnableUsersAsync(("ops", "secret", [], ["/baker/"]));

        await AssertRefusedAsync(() => Catalog(server, connection: user).ReadAsync(null, default), "nodes.json:3:7: ", "does not know the user ops, or the password is another", "etcdctl --user ops");
        await AssertRefusedAsync(() => Catalog(server).ReadAsync(null, default), "asks for a user", "Add \"user\"");
        await AssertRefusedAsync(() => Catalog(server).WithdrawAsync(s_api, "i-1", default), "asks for a user");
    }

    [Test]
    public async Task Tls_WithUsers_IsTrustedByItsAuthority()
    {
        using var certificates = new EtcdCertificates();
        await using var server = await EtcdServer.StartAsync(certificates);
        await server.EnableUsersAsync(("ops", "secret", [], ["/baker/"]));
        var trusting = With(server) with { User = "ops", Password = "secret", Authorities = Authorities(certificates) };
        Assert.That(await Catalog(server, connection: trusting).AnnounceAsync(Entry("i-1"), default), Is.True);

        using var strangers = new EtcdCertificates();
        await AssertRefusedAsync(() => Catalog(server).ReadAsync(null, default), "is of no authority that is trusted", "ca_file");
        await AssertRefusedAsync(() => Catalog(server, connection: trusting with { Authorities = Authorities(strangers) }).ReadAsync(null, default), "is of no authority that is trusted");
        var plain = new EtcdConnection { Endpoints = [new EtcdEndpoint(new Uri($"http://127.0.0.1:{server.Address.Port}"))] };
        await AssertRefusedAsync(() => Catalog(server, connection: plain).ReadAsync(null, default), "as one does that speaks TLS alone", "https or http");
    }

    [TestCase("127.0.0.1", -1, "and not now")]
    [TestCase("127.0.0.2", 1, "is not for 127.0.0.1")]
    public async Task Tls_ExpiredOrOfAnother_IsRefused(string host, int days, string said)
    {
        // etcd with a certificate that is no good serves strangers, but not its own gateway; so the handshake alone is looked at.
        using var certificates = new EtcdCertificates(host, days);
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var certificate = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPemFile(certificates.Server, certificates.ServerKey).Export(X509ContentType.Pkcs12), null);
        var serving = Task.Run(async () =>
        {
            using var peer = await listener.AcceptTcpClientAsync();
            await using var tls = new System.Net.Security.SslStream(peer.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(certificate);
                _ = await tls.ReadAsync(new byte[1]);
            }
            catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client has gone.
            }
        });
        var address = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        var connection = new EtcdConnection { Endpoints = [new EtcdEndpoint(address)], Authorities = Authorities(certificates) };
        await AssertRefusedAsync(() => new EtcdCatalog(new(Client(connection)), null, _said.Add).ReadAsync(null, default), said, "ca_file");
        await serving;
    }

    [Test]
    public async Task Tls_ClientsCertificate_IsAskedFor()
    {
        using var certificates = new EtcdCertificates();
        await using var server = await EtcdServer.StartAsync(certificates, asksForCertificates: true);
        var with = With(server) with { Authorities = Authorities(certificates) };
        using var own = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPemFile(certificates.Client, certificates.ClientKey).Export(X509ContentType.Pkcs12), null);

        Assert.That(await Catalog(server, connection: with with { Certificate = own }).AnnounceAsync(Entry("i-1"), default), Is.True);
        await AssertRefusedAsync(() => Catalog(server, connection: with).ReadAsync(null, default), "does not take the client's certificate, or asks for one", "certificate_file");
    }

    [Test]
    public async Task Endpoint_NotEtcd_IsSaid()
    {
        var port = Ports.Next();
        using var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        listener.Start();
        var serving = Task.Run(async () =>
        {
            foreach (var text in new[] { "<html>", "{}" })
            {
                var call = await listener.GetContextAsync();
                await call.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
                call.Response.Close();
            }
        });
        var connection = new EtcdConnection { Endpoints = [new EtcdEndpoint(new Uri($"http://127.0.0.1:{port}"), "nodes.json:2:5")] };
        var catalog = new EtcdCatalog(new(Client(connection)), null, _said.Add);
        await AssertRefusedAsync(() => catalog.ReadAsync(null, default), "nodes.json:2:5: ", "not as etcd 3 does", "--enable-grpc-gateway");
        await AssertRefusedAsync(() => catalog.ReadAsync(null, default), "not as etcd 3 does");
        await serving;
    }

    private static async Task AssertRefusedAsync(Func<Task> act, params string[] said)
    {
        var error = await CaughtAsync(act);
        Assert.That(error, Is.Not.Null);
        Assert.That(error!.Code, Is.EqualTo(ExitCode.CloudFailed));
        foreach (var text in said)
        {
            Assert.That(error.Message + "\n" + error.Remedy, Does.Contain(text));
        }
    }

    private static async Task<BakerException?> CaughtAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (BakerException error)
        {
            return error;
        }
    }

    private static async Task<bool> AnswersAsync(EtcdCatalog catalog) => await CaughtAsync(() => catalog.VersionAsync(default)) is null;

    private static async Task<long> LeaseAsync(EtcdServer server, string instance, string service = "api") =>
        (long?)JObject.Parse(await server.ControlAsync("get", $"/baker/services/{service}/{instance}", "-w", "json"))["kvs"]![0]!["lease"] ?? 0;

    private static X509Certificate2Collection Authorities(EtcdCertificates certificates)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(certificates.Authority);
        return found;
    }

    private static string Example(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Baker.sln")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "examples", "service-permissions", file);
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static EtcdConnection With(EtcdServer server) => new() { Endpoints = [new EtcdEndpoint(server.Address)] };

    private static ServiceEntry Entry(string instance) => new()
    {
        Service = s_api,
        Group = GroupName.Parse("www"),
        Instance = instance,
        Address = "10.0.0.7",
        Port = 8080,
        Since = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero),
    };

    private EtcdClient Client(EtcdConnection connection)
    {
        var client = new EtcdClient(connection, TimeProvider.System);
        _clients.Add(client);
        return client;
    }

    private EtcdCatalog Leased(EtcdServer server, TimeSpan lifetime, EtcdConnection? connection = null) =>
        new(new(Client(connection ?? With(server))), null, _said.Add) { Lifetime = lifetime };

    private EtcdCatalog Catalog(EtcdServer server, string? environment = null, EtcdConnection? connection = null) =>
        new(new(Client(connection ?? With(server))), environment is null ? null : EnvironmentName.Parse(environment), _said.Add);
}
