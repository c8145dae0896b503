using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Consoles;

/// <summary>A page in a real Chromium, driven by its DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private int _id;

    private Chromium(Process process, string profile) => (_process, _profile) = (process, profile);

    public static async Task<Chromium> OpenAsync(Uri address)
    {
        Peers.Require("chromium");
        var profile = Directory.CreateTempSubdirectory("baker-chromium-").FullName;
        var process = Process.Start(new ProcessStartInfo("chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var browser = new Chromium(process, profile);
        string? line;
        do
        {
            line = await process.StandardError.ReadLineAsync();
        }
        while (line is not null && !line.StartsWith("DevTools listening on ", StringComparison.Ordinal));
        var port = new Uri(line!["DevTools listening on ".Length..]).Port;
        _ = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        using var client = new HttpClient();
        JToken? page = null;
        await Wait.UntilAsync(async () =>
        {
            page = JArray.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list"))).FirstOrDefault(each => (string?)each["type"] == "page");
            return page is not null;
        });
        await browser._socket.ConnectAsync(new Uri((string)page!["webSocketDebuggerUrl"]!), CancellationToken.None);
        await browser.CallAsync("Page.enable", []);
        await browser.CallAsync("Page.navigate", new JObject { ["url"] = address.ToString() });
        return browser;
    }

    /// <summary>The value of an expression in the page; of a promise, what it ends with.</summary>
    public async Task<JToken?> EvaluateAsync(string expression)
    {
        var answer = await CallAsync("Runtime.evaluate", new JObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.That(answer["exceptionDetails"], Is.Null, expression);
        return answer["result"]!["value"];
    }

    public Task UntilAsync(string expression) => Wait.UntilAsync(async () =>
    {
        try
        {
            return (bool?)await EvaluateAsync($"!!({expression})") == true;
        }
        catch (InvalidOperationException)
        {
            return false; // the page is just being replaced by another
        }
    }, () => expression);

    public async Task PressAsync(string key, string text = "")
    {
        await CallAsync("Input.dispatchKeyEvent", new JObject { ["type"] = "keyDown", ["key"] = key, ["text"] = text });
        await CallAsync("Input.dispatchKeyEvent", new JObject { ["type"] = "keyUp", ["key"] = key });
    }

    public async Task ShowAsync(int width, bool isDark)
    {
        await CallAsync("Emulation.setDeviceMetricsOverride", new JObject { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await CallAsync("Emulation.setEmulatedMedia", new JObject { ["features"] = new JArray(new JObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" }) });
    }

    public async Task<byte[]> ScreenshotAsync() => Convert.FromBase64String((string)(await CallAsync("Page.captureScreenshot", []))["data"]!);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A process of the browser was still writing into its profile.
        }
    }

    private async Task<JToken> CallAsync(string method, JObject parameters)
    {
        var id = ++_id;
        var asked = new JObject { ["id"] = id, ["method"] = method, ["params"] = parameters }.ToString(Formatting.None);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(asked), WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            var message = await ReceiveAsync();
            if ((int?)message["id"] == id)
            {
                return message["result"] ?? throw new InvalidOperationException(message.ToString());
            }
        }
    }

    private async Task<JObject> ReceiveAsync()
    {
        using var whole = new MemoryStream();
        var buffer = new byte[65536];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JObject.Parse(Encoding.UTF8.GetString(whole.ToArray()));
    }
}
