using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;

namespace Baker.LocalCloud.Tests.Serving;

/// <summary>Pages in a real Chromium that try what a page can to make the browser speak to the cloud's port.</summary>
[Platform("Linux")]
internal sealed class BrowserTests
{
    private const int Attempts = 8;

    /// <summary>Every way has the right access key's id, which is all but the secret; what may be read of the answers is told.</summary>
    private const string Page =
        """
        <!doctype html><title>page</title><body><script>
        const cloud = "CLOUD", group = "Action=CreateSecurityGroup&Version=2016-11-15&GroupDescription=d&GroupName=";
        const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + encodeURIComponent("KEY/20260101/us-east-1/ec2/aws4_request")
            + "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
        const told = {};
        const attempt = async (name, what) => { try { told[name] = await what(); } catch (error) { told[name] = String(error); } };
        const loaded = element => new Promise(done => { element.onload = () => done("loaded"); element.onerror = () => done("error"); document.body.append(element); });
        (async () => {
            await attempt("plain fetch", async () => (await fetch(cloud + "/?" + query, {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: group + "fetch"})).type);
            await attempt("fetch with headers", async () => (await fetch(cloud + "/", {method: "POST", headers: {"Authorization": "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0", "X-Amz-Date": "20260101T000000Z"}, body: group + "headers"})).status);
            await attempt("own address", async () => (await fetch(cloud + "/_baker/faults", {method: "PUT", body: "throttle=60"})).status);
            await attempt("status", async () => (await fetch(cloud + "/_baker/status", {mode: READ})).status);
            await attempt("image", () => loaded(Object.assign(new Image(), {src: cloud + "/?" + group + "image&" + query})));
            await attempt("script", () => loaded(Object.assign(document.createElement("script"), {src: cloud + "/?" + group + "script&" + query})));
            await attempt("form", () => {
                const frame = Object.assign(document.createElement("iframe"), {name: "frame"});
                document.body.append(frame);
                const form = Object.assign(document.createElement("form"), {action: cloud + "/?" + query, method: "POST", enctype: "text/plain", target: "frame"});
                form.append(Object.assign(document.createElement("input"), {name: group + "form&x", value: "y"}));
                document.body.append(form);
                return new Promise(done => { frame.onload = () => done("loaded"); form.submit(); });
            });
            await attempt("socket", () => new Promise(done => {
                const socket = new WebSocket(cloud.replace("http", "ws") + "/?" + query);
                socket.onopen = () => done("open");
                socket.onclose = () => done("closed");
            }));
            await fetch("/page/done", {method: "POST", body: JSON.stringify(told)});
        })();
        </script></body>
        """;

    [TestCase("127.0.0.1", TestName = "Page_OfAnotherPortOfLoopback_ChangesNothing")]
    [TestCase("page.example", TestName = "Page_OfAnotherSite_ChangesNothing")]
    public async Task Page_FromElsewhere_ChangesNothing(string host)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await using var tap = new Tap(cloud.Cloud.Listen().Port, _ => "");
        await using var site = new Tap(cloud.Cloud.Listen().Port, _ => Written(cloud, $"http://127.0.0.1:{tap.Port}", "\"no-cors\""));

        var told = await BrowseAsync(cloud, site, host);

        Assert.That(told["plain fetch"].ToString(), Is.EqualTo("opaque"));
        Assert.That(told["fetch with headers"].ToString(), Does.Contain("TypeError"), "the preflight is refused");
        Assert.That(told["own address"].ToString(), Does.Contain("TypeError"), "the preflight is refused");
        Assert.That(told["socket"].ToString(), Is.EqualTo("closed"));
        await RefusedAsync(cloud, tap);
    }

    /// <summary>The name of the page's site leads to loopback by the time that it asks: for the browser it is one origin.</summary>
    [Test]
    public async Task Page_WhoseNameIsBoundAnew_ReadsAndChangesNothing()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await using var tap = new Tap(cloud.Cloud.Listen().Port, port => Written(cloud, $"http://rebound.example:{port}", "\"same-origin\""));

        var told = await BrowseAsync(cloud, tap, "rebound.example");

        Assert.That(
            new[] { "plain fetch", "fetch with headers", "own address", "status" }.Select(name => told[name].ToString()),
            Is.All.EqualTo("403").Or.EqualTo("basic"),
            "the page may read the answers, and they are refusals");
        await RefusedAsync(cloud, tap);
    }

    private static string Written(TestCloud cloud, string target, string mode) => Page
        .Replace("CLOUD", target, StringComparison.Ordinal)
        .Replace("KEY", cloud.Cloud.Key.Id, StringComparison.Ordinal)
        .Replace("READ", mode, StringComparison.Ordinal);

    private static async Task RefusedAsync(TestCloud cloud, Tap tap)
    {
        Assert.That(tap.Statuses, Has.Count.GreaterThanOrEqualTo(Attempts), "each attempt reached the port");
        Assert.That(tap.Statuses, Is.All.InRange(400, 499));
        Assert.That(cloud.Cloud.Status().Calls, Is.Empty, "none reached a service");

        // The same way is open to who has the key.
        using var ec2 = new AmazonEC2Client(
            new BasicAWSCredentials(cloud.Cloud.Key.Id, cloud.Cloud.Key.Secret),
            new AmazonEC2Config { ServiceURL = $"http://127.0.0.1:{tap.Port}", AuthenticationRegion = "us-east-1" });
        var groups = await ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest());
        Assert.That(groups.SecurityGroups.Select(group => group.Description), Has.None.EqualTo("d"));
        Assert.That(tap.Statuses, Does.Contain(200));
    }

    /// <summary>Opens the page of a site and waits for what it tells.</summary>
    private static async Task<Dictionary<string, JsonElement>> BrowseAsync(TestCloud cloud, Tap site, string host)
    {
        Peers.Require("chromium");
        var start = new ProcessStartInfo(
            "chromium",
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-features=LocalNetworkAccessChecks", "--no-proxy-server",
                "--host-resolver-rules=MAP *.example 127.0.0.1", $"--user-data-dir={cloud.Folder["browser"]}",
                string.Create(CultureInfo.InvariantCulture, $"http://{host}:{site.Port}/page"),
            ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = cloud.Folder.Path;
        using var browser = Process.Start(start)!;
        var said = Task.WhenAll(browser.StandardError.ReadToEndAsync(), browser.StandardOutput.ReadToEndAsync());
        try
        {
            var told = await Task.WhenAny(site.Told, said).WaitAsync(TimeSpan.FromMinutes(3));
            Assert.That(told, Is.EqualTo(site.Told), "the browser ended: " + (told == said ? string.Concat(await said) : ""));
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync();
        }

        return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(await site.Told)!;
    }
}
