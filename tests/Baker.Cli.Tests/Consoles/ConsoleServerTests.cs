using System.Net;
using System.Net.NetworkInformation;
using Baker.Cli.Serving;
using Baker.Core;

namespace Baker.Cli.Tests.Consoles;

internal sealed class ConsoleServerTests
{
    [TestCase("Host", "evil.example")]
    [TestCase("Host", "127.0.0.1:1")]
    [TestCase("Origin", "http://evil.example")]
    [TestCase("Origin", "null")]
    [TestCase("Sec-Fetch-Site", "cross-site")]
    public async Task Server_AskedByAnotherPage_Is403(string header, string value)
    {
        await using var page = await ServedPage.StartAsync("{}");

        Assert.That(await page.StatusAsync(page.Server.Link, (header, value)), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await page.StatusAsync(new Uri(page.Server.Address, "/events"), (header, value), page.Cookie), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    /// <summary>In a chat or a ticket; what such a page would read or frame is refused.</summary>
    [TestCase("/", "navigate", "document", HttpStatusCode.OK)]
    [TestCase("/", "navigate", "iframe", HttpStatusCode.Forbidden)]
    [TestCase("/", "no-cors", "script", HttpStatusCode.Forbidden)]
    [TestCase("/events", "navigate", "document", HttpStatusCode.Forbidden)]
    public async Task Server_ALinkOfAnotherSiteIsFollowed_ShowsThePageAlone(string path, string mode, string destination, HttpStatusCode code)
    {
        await using var page = await ServedPage.StartAsync("{}");
        (string, string)[] headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", destination)];

        Assert.That(await page.StatusAsync(new Uri(page.Server.Address, path), [.. headers, page.Cookie]), Is.EqualTo(code));
        Assert.That(await page.StatusAsync(new Uri(page.Server.Address, path), headers), Is.EqualTo(HttpStatusCode.Forbidden), "without the cookie");
    }

    [TestCase("/")]
    [TestCase("/events")]
    [TestCase("/logs?name=web")]
    [TestCase("/console.js")]
    [TestCase("/?token=0")]
    [TestCase("/?token=")]
    public async Task Server_WithoutTheToken_Is403(string path)
    {
        await using var page = await ServedPage.StartAsync("{}");

        Assert.That(await page.StatusAsync(new Uri(page.Server.Address, path)), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Server_TokenInTheAddress_BecomesACookieAndGoes()
    {
        await using var page = await ServedPage.StartAsync("{}");
        using var first = await page.Client.GetAsync(page.Server.Link);
        var cookie = first.Headers.GetValues("Set-Cookie").Single();

        Assert.That((first.StatusCode, first.Headers.Location!.ToString()), Is.EqualTo((HttpStatusCode.SeeOther, "/")));
        Assert.That(cookie, Does.Contain("HttpOnly").And.Contain("SameSite=Lax"));
        using var request = new HttpRequestMessage(HttpMethod.Get, page.Server.Address) { Headers = { { "Cookie", cookie.Split(';')[0] } } };
        using var second = await page.Client.SendAsync(request);
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(second.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'; script-src 'self'").And.Not.Contain("unsafe"));
        Assert.That(second.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"));
        var html = await second.Content.ReadAsStringAsync();
        Assert.That(html, Does.Not.Contain("http").And.Not.Contain("<style").And.Not.Contain("onclick"), "nothing of elsewhere, nothing inline");
    }

    [Test]
    public async Task Server_AskedToChange_Is405()
    {
        await using var page = await ServedPage.StartAsync("{}");
        using var request = new HttpRequestMessage(HttpMethod.Post, page.Server.Address);
        request.Headers.Add(page.Cookie.Name, page.Cookie.Value);
        using var answer = await page.Client.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [Test]
    public async Task Server_Listens_OnLoopbackAlone()
    {
        await using var page = await ServedPage.StartAsync("{}");
        var open = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(each => each.Port == page.Server.Address.Port);

        Assert.That(open.Select(each => each.Address), Is.EqualTo(new[] { IPAddress.Loopback }));
    }

    [Test]
    public async Task Server_PortInUse_IsAClearError()
    {
        await using var page = await ServedPage.StartAsync("{}");
        var error = await Assert.ThrowsAsync<BakerException>(() => ConsoleServer.StartAsync(page.Feed, page.Logs, page.Server.Address.Port, CancellationToken.None));

        Assert.That((error!.Code, error.Remedy), Is.EqualTo((ExitCode.BadInput, "Choose another with --port, or 0 for any free one.")));
    }

    [Test]
    public async Task Server_ManyStreams_AreFedByOneLook()
    {
        await using var page = await ServedPage.StartAsync("{\"a\":1}");
        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await page.FirstStateAsync()));

        Assert.That(streams, Has.All.EqualTo("data: {\"a\":1}"));
        Assert.That(page.Looks, Is.EqualTo(1));
    }
}
