using System.Net;
using Baker.LocalCloud.LoadBalancing;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Tests.LoadBalancing;

public sealed class HealthProbeTests
{
    private static readonly HealthProbe s_passed = new(true, null, null);
    private static readonly HealthProbe s_failed = new(false, "Target.FailedHealthChecks", "Health checks failed");

    [TestCase("200", 200, true)]
    [TestCase("200-299", 204, true)]
    [TestCase("200,301", 301, true)]
    [TestCase("200-299", 500, false)]
    [TestCase("", 200, false)]
    public void Matcher_Status_IsInOrOut(string matcher, int status, bool expected) =>
        Assert.That(HealthProbe.Matches(matcher, status), Is.EqualTo(expected));

    [Test]
    public async Task Probe_NothingListens_FailsWithElbsReason() =>
        Assert.That(await AskAsync(Stage.FreeAddress()), Is.EqualTo(s_failed));

    [Test]
    public async Task Probe_OfATarget_SaysWhoAsks_AndKeepsNoConnection()
    {
        var agents = new List<string>();
        await using var stage = new Stage().ToSocket(async socket =>
        {
            agents.Add((await socket.ReadHeadAsync())!);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });

        Assert.That(await AskAsync(stage.Only), Is.EqualTo(s_passed));
        Assert.That(await AskAsync(stage.Only), Is.EqualTo(s_passed));
        Assert.That(agents, Has.Count.EqualTo(2).And.All.Contain("User-Agent: ELB-HealthChecker/2.0").And.All.Contain("Connection: close"));
    }

    [Test]
    public async Task Probe_OtherStatus_FailsWithTheStatus()
    {
        await using var stage = new Stage().To(context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        });

        Assert.That(await AskAsync(stage.Only), Is.EqualTo(new HealthProbe(false, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [302]")));
    }

    [Test]
    public async Task Probe_SilentTarget_TimesOut()
    {
        await using var stage = new Stage().ToSocket(socket => socket.ReadUntilAsync("never"));

        Assert.That(await AskAsync(stage.Only, TimeSpan.FromMilliseconds(200)), Is.EqualTo(new HealthProbe(false, "Target.Timeout", "Request timed out")));
    }

    [Test]
    public async Task Probe_ThatTheTargetDoesNotAnswer_IsSentOnce()
    {
        var taken = 0;
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            Interlocked.Increment(ref taken);
        });

        Assert.That((await AskAsync(stage.Only), taken), Is.EqualTo((s_failed, 1)));
    }

    [TestCase("HTTP/1.1")]
    [TestCase("no HTTP at all\r\n\r\n")]
    public async Task Probe_NoHttp_Fails(string said)
    {
        await using var stage = new Stage().ToSocket(async socket =>
        {
            await socket.ReadHeadAsync();
            await socket.SendAsync(said);
        });

        Assert.That(await AskAsync(stage.Only), Is.EqualTo(s_failed));
    }

    [Test]
    public async Task Probe_OfAnHttp2Target_SpeaksHttp2()
    {
        await using var stage = new Stage().To(context => context.Response.WriteAsync(context.Request.Protocol), isHttp2: true);

        Assert.That(await HealthProbe.HttpAsync(stage.Only, isSecure: false, HttpVersion.Version20, "/", "200", TimeSpan.FromSeconds(20), default), Is.EqualTo(s_passed));
    }

    private static Task<HealthProbe> AskAsync(IPEndPoint target, TimeSpan? timeout = null) =>
        HealthProbe.HttpAsync(target, isSecure: false, HttpVersion.Version11, "/", "200", timeout ?? TimeSpan.FromSeconds(20), default);
}
