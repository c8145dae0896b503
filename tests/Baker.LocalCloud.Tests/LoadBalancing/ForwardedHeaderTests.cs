using Baker.LocalCloud.LoadBalancing;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Tests.LoadBalancing;

public sealed class ForwardedHeaderTests
{
    [Test]
    public async Task Headers_OfADirectClient_NameItAndTheListener() =>
        Assert.That(await AskAsync(Stage.Settings, "Host: www.example.com"), Is.EqualTo("127.0.0.1|http|80|www.example.com"));

    [Test]
    public async Task ForwardedFor_OfAProxy_IsAppended_AndTheRestReplaced() =>
        Assert.That(
            await AskAsync(Stage.Settings with { Port = 443, Scheme = "https" }, "Host: www", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: gopher", "X-Forwarded-Port: 70"),
            Is.EqualTo("10.0.0.1, 127.0.0.1|https|443|www"));

    [TestCase("preserve", "10.0.0.1")]
    [TestCase("remove", "")]
    public async Task ForwardedFor_InAnotherMode_IsLeftOrTaken(string mode, string expected) =>
        Assert.That(await AskAsync(Stage.Settings with { Forwarding = mode }, "Host: www", "X-Forwarded-For: 10.0.0.1"), Is.EqualTo($"{expected}|http|80|www"));

    [Test]
    public async Task ForwardedFor_WithClientPort_HasIt() =>
        Assert.That(await AskAsync(Stage.Settings with { ForwardsClientPort = true }, "Host: www"), Does.Match(@"^127\.0\.0\.1:\d+\|http\|80\|www$"));

    [TestCase(8080, "www", "www:8080")]
    [TestCase(8080, "www:9090", "www:9090")]
    [TestCase(80, "www:80", "www")]
    [TestCase(80, "www:8080", "www:8080")]
    public async Task Host_OnAPort_HasItWhereItIsNotTheUsualOne(int port, string sent, string expected) =>
        Assert.That(await AskAsync(Stage.Settings with { Port = port }, $"Host: {sent}"), Does.EndWith($"|{expected}"));

    [Test]
    public async Task Host_ToBePreserved_IsUnchanged() =>
        Assert.That(await AskAsync(Stage.Settings with { Port = 8080, KeepsHost = true }, "Host: www"), Does.EndWith("|www"));

    [TestCase("", "127.0.0.1:")]
    [TestCase("[::1]", "[::1]")]
    [TestCase("[2001:db8::1]:8080", "[2001:db8::1]:8080")]
    [TestCase("a_b.example", "a_b.example")]
    public async Task Host_ThatIsOdd_IsForwarded(string sent, string expected) =>
        Assert.That(await AskAsync(Stage.Settings, $"Host: {sent}"), Does.Contain($"|80|{expected}"));

    [TestCase("a:99999")]
    [TestCase("a:")]
    [TestCase("a:b")]
    [TestCase(":80")]
    [TestCase("[:::]")]
    [TestCase("[::1")]
    [TestCase("a..b")]
    [TestCase("a~b")]
    [TestCase("a b")]
    [TestCase("b\u00fccher.example")]
    [TestCase("a\r\nHost: b")]
    public async Task Host_ThatIsNone_Is400(string sent)
    {
        await using var stage = new Stage().To(context => context.Response.WriteAsync("here"));
        Assert.That(await stage.SayAsync($"GET / HTTP/1.1\r\nHost: {sent}\r\nConnection: close\r\n\r\n"), Does.StartWith("HTTP/1.1 400 "));
    }

    private static async Task<string> AskAsync(RelaySettings settings, params string[] headers)
    {
        await using var stage = new Stage(settings).To(context =>
        {
            var sent = context.Request.Headers;
            return context.Response.WriteAsync($"{sent["X-Forwarded-For"]}|{sent["X-Forwarded-Proto"]}|{sent["X-Forwarded-Port"]}|{sent.Host}");
        });
        var answer = await stage.SayAsync($"GET / HTTP/1.1\r\n{string.Join("\r\n", headers)}\r\nConnection: close\r\n\r\n");
        var chunk = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        return chunk.Split("\r\n") is [_, var text, ..] ? text : chunk;
    }
}
