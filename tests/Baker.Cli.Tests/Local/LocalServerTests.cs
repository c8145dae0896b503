using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.Cli.Clouds;
using Baker.Core;
using Baker.LocalCloud.Configuration;

namespace Baker.Cli.Tests.Local;

internal sealed class LocalServerTests
{
    private string _folder = null!;
    private LocalCloud.LocalCloud _cloud = null!;
    private LocalServer _server = null!;

    private string Record => Path.Combine(_folder, "serve.json");

    [SetUp]
    public async Task ServeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("baker-test-").FullName;
        _cloud = await OpenAsync(_folder);
        _server = LocalServer.At(_cloud.Listen(), _cloud.Key, TimeProvider.System);
    }

    [TearDown]
    public async Task RemoveAsync()
    {
        await _cloud.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Find_AServerThatRuns_IsThatOne()
    {
        _server.Write(_folder);
        Assert.That(await FindAsync(), Is.EqualTo(_server.Url));
        Assert.That(Record, Does.Exist);
    }

    /// <summary>It has the folder a moment before it says where it is.</summary>
    [Test]
    public async Task Command_BegunAsLocalServeComesUp_GoesThere()
    {
        using var project = new TestProject("""{"__settings__": {"cloud": "local"}, "web": {"region": "us-east-1"}}""");
        await using var cloud = await OpenAsync(project.PathOf(".package"));
        var run = Task.Run(() => project.RunAsync("instance:list"));

        LocalServer.At(cloud.Listen(), cloud.Key, TimeProvider.System).Write(project.PathOf(".package"));

        Assert.That((await run).Code, Is.EqualTo(ExitCode.Done), (await run).Error);
    }

    [Test]
    public async Task Find_ItsNumberIsAnotherProcesssByNow_IsNone()
    {
        (_server with { Started = _server.Started.AddSeconds(-5) }).Write(_folder);
        Assert.That(await FindAsync(), Is.Null);
        Assert.That(Record, Does.Not.Exist);
    }

    [TestCase("http://203.0.113.7:4571/")]
    [TestCase("https://127.0.0.1:4571/")]
    [TestCase("file:///etc/passwd")]
    public async Task Find_ServesElsewhere_IsNone(string url)
    {
        (_server with { Url = new Uri(url) }).Write(_folder);
        Assert.That(await FindAsync(), Is.Null);
        Assert.That(Record, Does.Not.Exist);
    }

    [Test]
    public async Task Find_AnotherCloudAnswersThere_IsNone()
    {
        var other = Directory.CreateTempSubdirectory("baker-test-").FullName;
        await using (var cloud = await OpenAsync(other))
        {
            (_server with { Url = cloud.Listen() }).Write(_folder);
            Assert.That(await FindAsync(), Is.Null);
            Assert.That(Record, Does.Not.Exist);
        }

        Directory.Delete(other, recursive: true);
    }

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: REAL\r\nContent-Length: 0\r\n\r\n", TestName = "Find_SomebodySendsOnToTheRealOne_IsNone")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")]
    [TestCase("SSH-2.0-OpenSSH\r\n")]
    public async Task Find_SomebodyElseListensThere_IsNone_AndIsToldNothing(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        (_server with { Url = new Uri($"http://{listener.LocalEndpoint}/") }).Write(_folder);
        var finding = FindAsync();
        using var client = await listener.AcceptTcpClientAsync();
        var asked = new byte[4096];
        var length = await client.GetStream().ReadAsync(asked);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer.Replace("REAL", _server.Url.ToString(), StringComparison.Ordinal)));

        Assert.That(await finding, Is.Null);
        Assert.That(Record, Does.Not.Exist);
        Assert.That(Encoding.ASCII.GetString(asked, 0, length), Does.StartWith("GET /_baker/proof/").And.Not.Contain("Authorization").And.Not.Contain(_cloud.Key.Id));
    }

    [Test]
    public async Task Find_NobodyListensThere_IsNone()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            (_server with { Url = new Uri($"http://{listener.LocalEndpoint}/") }).Write(_folder);
        }

        Assert.That(await FindAsync(), Is.Null);
        Assert.That(Record, Does.Not.Exist);
    }

    [Test]
    public async Task Find_ItStaysSilent_IsAFailureThatNamesIt()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        (_server with { Url = new Uri($"http://{listener.LocalEndpoint}/") }).Write(_folder);

        var failure = (await Assert.ThrowsAsync<BakerException>(() => LocalServer.FindAsync(_folder, new HurriedTime(), CancellationToken.None)))!;
        Assert.That(failure.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(failure.Message, Does.Contain($"http://{listener.LocalEndpoint}"));
        Assert.That(Record, Does.Exist, "it may only be slow");
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"url\": 1, \"process\": \"x\", \"started\": {}}")]
    [TestCase("{\"url\": \"http://127.0.0.1/\", \"process\": 99999999999, \"started\": 1}")]
    [TestCase("{\"url\": \"http://127.0.0.1/\", \"process\": 1, \"started\": 9223372036854775807}")]
    [TestCase("{\"url\": \"x\", \"process\": 1}")]
    public async Task Find_FileIsDamaged_IsNone(string text)
    {
        await File.WriteAllTextAsync(Record, text);
        Assert.That(await FindAsync(), Is.Null);
        Assert.That(Record, Does.Not.Exist);
    }

    /// <summary>Whatever is waited for is over at once.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
    }

    private async Task<Uri?> FindAsync() => (await LocalServer.FindAsync(_folder, TimeProvider.System, CancellationToken.None))?.Url;

    private static Task<LocalCloud.LocalCloud> OpenAsync(string folder) => LocalCloud.LocalCloud.OpenAsync(
        new LocalCloudOptions { StateFolder = folder, Execute = false, ChecksSignatures = true },
        CancellationToken.None);
}
