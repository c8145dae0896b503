using System.Diagnostics;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Microsoft.Playwright.NUnit;

namespace Baker.Cli.Tests.Consoles;

/// <summary>Tests of the page in a real Chromium, that of the system, by Playwright.</summary>
internal abstract class ChromiumTest : PlaywrightTest
{
    /// <summary>Milliseconds: the machine may be busy.</summary>
    private const float Patience = 120_000;

    /// <summary>The widths and themes in which the page has to be right.</summary>
    protected static readonly (int Width, ColorScheme Theme)[] Looks =
    [
        (400, ColorScheme.Light), (400, ColorScheme.Dark),
        (1280, ColorScheme.Light), (1280, ColorScheme.Dark),
        (2560, ColorScheme.Light), (2560, ColorScheme.Dark),
    ];

    private IBrowser? _browser;
    private int _looks;

    [TearDown]
    public async Task CloseAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    /// <summary>Opens an address in a window of its own.</summary>
    protected async Task<IPage> OpenAsync(Uri address)
    {
        Peers.Require("chromium");
        SetDefaultExpectTimeout(Patience);
        _browser ??= await Playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-precise-memory-info"],
            Timeout = Patience,
        });
        var context = await _browser.NewContextAsync();
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>The memory of the largest process that draws pages, in bytes, as the system counts it.</summary>
    protected async Task<long> MemoryAsync()
    {
        var session = await _browser!.NewBrowserCDPSessionAsync();
        var told = (await session.SendAsync("SystemInfo.getProcessInfo"))!.Value.GetProperty("processInfo");
        var pages = told.EnumerateArray().Where(each => each.GetProperty("type").GetString() == "renderer").Select(each => each.GetProperty("id").GetInt32());
        return pages.Max(id =>
        {
            using var process = Process.GetProcessById(id);
            return process.WorkingSet64;
        });
    }

    /// <summary>Looks at what is shown in each width and theme: nothing is cut off. In one width, by turns, axe finds nothing to complain of in either theme.</summary>
    /// <param name="name">What a picture of it is called, where <c>BAKER_SCREENSHOTS</c> names a folder for them.</param>
    protected async Task LookAsync(IPage page, string name)
    {
        var widths = Sweep.Of(_looks++, 400, 1280, 2560).ToList();
        foreach (var (width, theme) in Looks)
        {
            await page.SetViewportSizeAsync(width, 900);
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = theme });
            var what = $"{name} at {width}, {theme}";
            Assert.That(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"{what}: nothing is cut off");
            if (widths.Contains(width))
            {
                var found = await page.RunAxe();
                Assert.That(found.Violations.Select(Words), Is.Empty, what);
                Assert.That(found.Passes, Is.Not.Empty, what);
            }

            if (Environment.GetEnvironmentVariable("BAKER_SCREENSHOTS") is { } folder)
            {
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}-{width}-{theme}.png") });
            }
        }
    }

    private static string Words(AxeResultItem item) =>
        $"{item.Id}: {item.Help}: {string.Join(" | ", item.Nodes.Select(node => node.Html))}";
}
