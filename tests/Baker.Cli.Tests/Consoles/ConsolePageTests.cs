using System.Text.RegularExpressions;
using Baker.Cli.Serving;
using Microsoft.Playwright;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Consoles;

/// <summary>The page in a real browser, over states that are made up.</summary>
internal sealed partial class ConsolePageTests : ChromiumTest
{
    private const string Hostile = "</script><img src=x onerror=document.title='owned'>";

    /// <summary>How many elements the page may have, whatever it shows: a hundred rows of seven cells, and what is around them.</summary>
    private const int MostElements = 1500;

    /// <summary>How many bytes the news of one fleet among a thousand may have.</summary>
    private const int MostNews = 4096;

    [Test]
    public async Task Page_AThousandFleets_IsAHundredRowsAndTheWorstComeFirst()
    {
        await using var page = await ServedPage.StartAsync(Sick(State(1000), 777), TimeSpan.FromMilliseconds(200));
        var first = await OpenAsync(page.Server.Link);
        await Expect(first.Locator("tbody tr")).ToHaveCountAsync(100);
        await first.CloseAsync();
        var browser = await OpenAsync(page.Server.Link);
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(100);
        var words = await browser.Locator("tbody tr").First.InnerTextAsync();
        var elements = await browser.EvaluateAsync<int>("document.querySelectorAll('*').length");
        var paint = await browser.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0");
        var memory = await MemoryAsync();
        TestContext.Out.WriteLine($"first paint: {paint:0} ms; memory: {memory / 1e6:0} MB; {elements} elements");

        Assert.That(words, Does.StartWith("group-0777").And.Contain("not all healthy"));
        Assert.That(await browser.InnerTextAsync("h1"), Is.EqualTo("1000 of 1000 groups, 1 not healthy"));
        Assert.That(elements, Is.LessThan(MostElements));
        Assert.That(memory, Is.LessThan(250e6));
        Assert.That(browser.Url, Does.Not.Contain("token"));
        await browser.EvaluateAsync("document.querySelector('[data-more]').click()");
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(200);
        await browser.EvaluateAsync("scrollTo(0, document.body.scrollHeight)");
        await Expect(browser.Locator("tbody tr")).Not.ToHaveCountAsync(200);
    }

    [Test]
    public async Task Page_AThousandFleets_FilterFindsOneAtOnce()
    {
        await using var page = await ServedPage.StartAsync(State(1000));
        var browser = await OpenAsync(page.Server.Link);
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(100);
        await browser.Keyboard.PressAsync("/");
        await browser.Keyboard.TypeAsync("group-0777");
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(1);

        Assert.That(await browser.EvaluateAsync<string>("document.activeElement.id"), Is.EqualTo("filter"));
        Assert.That(new Uri(browser.Url).Fragment, Is.EqualTo("#/?q=group-0777"));
        await browser.Keyboard.PressAsync("Enter");
        await Expect(browser.Locator("h1")).ToContainTextAsync("group-0777");
    }

    [Test]
    public async Task Page_OneOfAThousandFleetsChanges_OnlyItsCellsAreTouched()
    {
        var (before, after) = (State(1000), Sick(State(1000), 5));
        await using var page = await ServedPage.StartAsync(before, TimeSpan.FromMilliseconds(200));
        var browser = await OpenAsync(page.Server.Link);
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(100);
        await browser.EvaluateAsync("() => { window.touched = 0; new MutationObserver(all => window.touched += all.length).observe(document.getElementById('main'), { subtree: true, childList: true, characterData: true, attributes: true }); }");
        await browser.FocusAsync("a[href='#/group/group-0003']");
        page.Show(after);
        await Expect(browser.Locator("h1")).ToContainTextAsync("1 not healthy");
        await Expect(browser.Locator("tbody tr").First).ToContainTextAsync("group-0005");
        var touched = await browser.EvaluateAsync<int>("window.touched");
        var update = await browser.EvaluateAsync<double>("performance.getEntriesByName('update')[0].duration");
        TestContext.Out.WriteLine($"update: {update:0} ms; {touched} changes, news of {ConsoleNews.Between(before, after).Length} bytes");

        Assert.That(touched, Is.LessThan(100), "not a hundred rows anew");
        Assert.That(ConsoleNews.Between(before, after), Has.Length.LessThan(MostNews));
        Assert.That(ConsoleNews.Between(before, after), Does.Contain("group-0005").And.Not.Contain("group-0004"));
        Assert.That(await browser.EvaluateAsync<string>("document.activeElement.hash"), Is.EqualTo("#/group/group-0003"), "who reads on is not disturbed");
    }

    [Test]
    public async Task Page_KeysOnly_OpensAGroupAndComesBack()
    {
        await using var page = await ServedPage.StartAsync(State(3));
        var browser = await OpenAsync(page.Server.Link);
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(3);
        await browser.Keyboard.PressAsync("j");
        await browser.Keyboard.PressAsync("j");
        await browser.Keyboard.PressAsync("Enter");
        await Expect(browser.Locator("h1")).ToContainTextAsync("group-0001");
        Assert.That(new Uri(browser.Url).Fragment, Is.EqualTo("#/group/group-0001"));
        await browser.Keyboard.PressAsync("Escape");
        await Expect(browser.Locator("table.fleets tbody tr")).ToHaveCountAsync(3);
        await browser.Keyboard.PressAsync("?");
        await Expect(browser.Locator("#keys")).ToBeVisibleAsync();
        await LookAsync(browser, "keys");
    }

    [Test]
    public async Task Page_TextOfTheCloud_IsNeverHtml()
    {
        var state = State(1).Replace("ami-0", Hostile, StringComparison.Ordinal);
        await using var page = await ServedPage.StartAsync(state);
        await File.WriteAllTextAsync(Path.Combine(page.LogFolder, "web.log"), $"\n# 2026-01-01 00:00:00Z provision\n{Hostile}\n");
        var first = await OpenAsync(page.Server.Link);
        await Expect(first.Locator("body")).ToContainTextAsync(Hostile);
        var browser = await OpenAsync(page.Server.Link);
        await Expect(browser.Locator("main")).ToContainTextAsync(Hostile);
        var images = await browser.Locator("img").CountAsync();
        await browser.EvaluateAsync("location.hash = '#/bake/web'");
        await Expect(browser.Locator("pre")).ToContainTextAsync(Hostile);

        Assert.That(images + await browser.Locator("img").CountAsync(), Is.Zero);
        Assert.That(await browser.TitleAsync(), Does.Not.Contain("owned"));
    }

    [TestCase("bake/x%0Atouch%20pwn%0A", "There is no such log")]
    [TestCase("bake/group-0000;id", "There is no such log")]
    [TestCase("group/x%0Atouch%20pwn%0A", "The manifest has no such group")]
    [TestCase("nope", "This page has no view nope.")]
    public async Task Page_AnAddressOfNothing_OffersNoCommandOfItsWords(string address, string says)
    {
        await using var page = await ServedPage.StartAsync(State(1));
        var browser = await OpenAsync(new Uri(page.Server.Link + "#/" + address));
        await Expect(browser.Locator("main")).ToContainTextAsync(says);

        Assert.That(
            await browser.Locator("[data-copy]").EvaluateAllAsync<string[]>("all => all.map(each => each.dataset.copy)"),
            Is.SubsetOf(new[] { "package node:list --environment staging" }));
    }

    [Test]
    public async Task Page_ABakeOfAGroupOfTheManifest_OffersToBakeIt()
    {
        await using var page = await ServedPage.StartAsync(State(1));
        var browser = await OpenAsync(new Uri(page.Server.Link + "#/bake/group-0000"));

        await Expect(browser.GetByRole(AriaRole.Button, new() { Name = "Copy package packer:run group-0000 --environment staging" })).ToBeVisibleAsync();
    }

    [TestCase("package autoscale:delete group-0000 --environment staging", null)]
    [TestCase("package autoscale:update group-0000 --environment staging", "package autoscale:rollback group-0000 --environment staging")]
    public async Task Page_AChangeThatNobodyWorksOn_OffersWhatGoesOnAndBack(string on, string? back)
    {
        var state = JObject.Parse(State(1, step: "soak"));
        var report = state["fleets"]![0]!;
        (report["lock"], report["goes_on"], report["goes_back"]) = (null, on, back);
        await using var page = await ServedPage.StartAsync(state.ToString(Formatting.None));
        var browser = await OpenAsync(new Uri(page.Server.Link + "#/group/group-0000"));

        await Expect(browser.Locator("main")).ToContainTextAsync($"Nobody works on it: {on} goes on{(back is null ? "" : $", {back} goes back")}.");
        string[] all = ["package autoscale:status group-0000 --environment staging", on, .. back is null ? (string[])[] : [back], "package change:list group-0000 --environment staging"];
        Assert.That(await browser.Locator("[data-copy]").EvaluateAllAsync<string[]>("all => all.map(each => each.dataset.copy)"), Is.EqualTo(all));
    }

    [Test]
    public async Task Page_AGroupThatTheManifestHasNoMore_IsOfferedWhatTakesIt()
    {
        var state = JObject.Parse(State(1));
        (state["fleets"]![0]!["in_manifest"], state["groups"], state["images"]) = (false, new JArray(), new JArray());
        await using var page = await ServedPage.StartAsync(state.ToString(Formatting.None));
        var browser = await OpenAsync(new Uri(page.Server.Link + "#/group/group-0000"));
        await Expect(browser.Locator("main")).ToContainTextAsync("Changes of group-0000");

        Assert.That(await CommandsAsync(browser), Is.EqualTo(new[] { "autoscale:status group-0000", "autoscale:delete group-0000" }));
        await Expect(browser.Locator("main")).Not.ToContainTextAsync("Output of the last bake");
    }

    /// <summary>What somebody else saw an hour before, and nobody looked since; the next look takes long.</summary>
    [Test]
    public async Task Page_OpenedLongAfterTheLastLook_WaitsForItsOwnBeforeItComplains()
    {
        await using var page = await ServedPage.StartAsync(State(1));
        var first = await OpenAsync(page.Server.Link);
        await Expect(first.Locator("tbody tr")).ToHaveCountAsync(1);
        var browser = await first.Context.NewPageAsync();
        await browser.Clock.InstallAsync(new() { TimeDate = TimeProvider.System.GetLocalNow().DateTime.AddHours(1) });

        await browser.GotoAsync(page.Server.Address.ToString());
        await Expect(browser.Locator("#clock")).ToHaveTextAsync(new Regex("^Seen .*, looking …$"));
        await Expect(browser.Locator("#clock")).Not.ToHaveClassAsync("bad");
        await browser.Clock.RunForAsync(17_000);

        await Expect(browser.Locator("#clock")).ToHaveTextAsync(new Regex("^Not seen since .*: the cloud does not answer yet\\.$"));
        await Expect(browser.Locator("#clock")).ToHaveClassAsync("bad");
    }

    [Test]
    public async Task Page_Canary_ShowsItsShareAndRequests()
    {
        await using var page = await ServedPage.StartAsync(State(1), TimeSpan.FromMilliseconds(50));
        var browser = await OpenAsync(new Uri(page.Server.Link + "#/group/group-0000"));
        await Expect(browser.Locator("section.box")).ToHaveCountAsync(1);
        page.Show(Canary(State(1, step: "healthy", healthy: 0)));
        await Expect(browser.Locator("section.box")).ToHaveCountAsync(2);
        await Expect(browser.Locator("main")).ToContainTextAsync("Canary: 0% of the requests go to group-0000-2; its steps are 5% 10m, 25% 10m, 100%");
        page.Show(Canary(State(1, step: "canary-2", healthy: 2)));
        await Expect(browser.Locator("main")).ToContainTextAsync("Canary: 25% of the requests");
        await Expect(browser.Locator("figure")).ToHaveCountAsync(3);

        Assert.That(await browser.Locator("figcaption").AllInnerTextsAsync(), Is.EqualTo(new[]
        {
            "Requests a minute group-0000-1 300 (line), group-0000-2 100 (dashed)",
            "5xx a minute group-0000-1 0 (line), group-0000-2 2 (dashed)",
            "Serving nodes since this page was opened group-0000-1 2 (line), group-0000-2 2 (dashed)",
        }));
        Assert.That(await browser.Locator("svg.plot path.a, svg.plot path.b").CountAsync(), Is.EqualTo(6));
        await Expect(browser.GetByRole(AriaRole.Button, new() { Name = "Copy package autoscale:promote group-0000 --environment staging" })).ToBeVisibleAsync();
        await LookAsync(browser, "canary");
        page.Show(State(1));
        await Expect(browser.Locator("section.box")).ToHaveCountAsync(1);
    }

    [Test]
    public async Task Page_ABakesOutput_IsShownAsItIsWritten()
    {
        await using var page = await ServedPage.StartAsync(State(1));
        var log = Path.Combine(page.LogFolder, "web.log");
        await File.WriteAllTextAsync(log, "\n# 2026-01-01 00:00:00Z launch\n");
        await File.WriteAllTextAsync(Path.Combine(page.LogFolder, "web.instance-deploy.log"), "\n# 2026-01-01 00:00:00Z deploy to i-1\n");
        var browser = await OpenAsync(new Uri(page.Server.Link + "#/bakes"));
        await Expect(browser.Locator("table.logs").First).ToContainTextAsync("launch");
        await Expect(browser.Locator("table.logs").Last).ToContainTextAsync("deploy to i-1");
        await LookAsync(browser, "bakes");
        await browser.Locator("table.logs a").First.ClickAsync();
        await File.AppendAllTextAsync(log, "\n# 2026-01-01 00:01:00Z provision\n\u001b[32mRecipe: sudo::default\u001b[0m\n");
        await Expect(browser.Locator("h1")).ToContainTextAsync("provision");
        await Expect(browser.Locator("pre")).ToHaveTextAsync(OutputSoFar());
        await LookAsync(browser, "bake");
        await File.WriteAllTextAsync(log, "\n# 2026-01-01 00:09:00Z begun anew\n");
        await Expect(browser.Locator("pre")).ToHaveTextAsync(OutputAnew());
    }

    [Test]
    public async Task Page_EveryView_IsRightInEachWidthAndTheme()
    {
        await using var page = await ServedPage.StartAsync(Sick(State(40, step: "soak", healthy: 1), 3));
        var browser = await OpenAsync(page.Server.Link);
        await Expect(browser.Locator("tbody tr")).ToHaveCountAsync(40);
        var views = new[]
        {
            ("", "40 of 40"), ("group/group-0000", "group-0000"), ("group/none", "none"), ("images", "1 image"), ("services", "Services"),
            ("changes", "1 change"), ("change/c-1", "autoscale:update web"), ("bakes", "Bakes"), ("bake/none", "none"),
        };
        foreach (var (view, text) in views)
        {
            await browser.EvaluateAsync("view => { location.hash = '#/' + view; }", view);
            await Expect(browser.Locator("h1")).ToContainTextAsync(text);
            await Expect(browser.Locator("main")).Not.ToContainTextAsync("[object");
            await Expect(browser.Locator("main")).Not.ToContainTextAsync("undefined");
            await LookAsync(browser, $"view-{view.Replace('/', '-')}");
        }
    }

    [GeneratedRegex(@"launch\s+# 2026-01-01 00:01:00Z provision\s+Recipe: sudo::default\s*$")]
    private static partial Regex OutputSoFar();

    [GeneratedRegex(@"^\s*# 2026-01-01 00:09:00Z begun anew\s*$")]
    private static partial Regex OutputAnew();

    /// <summary>The commands that are offered, without the options that all of them have.</summary>
    private static Task<string[]> CommandsAsync(IPage browser) => browser.Locator("[data-copy]").EvaluateAllAsync<string[]>(
        "all => all.map(each => each.dataset.copy.replace('package ', '').replace(' --environment staging', ''))");

    /// <summary>The state with one node of one group's fleet not healthy.</summary>
    private static string Sick(string state, int group)
    {
        var sick = JObject.Parse(state);
        sick["fleets"]![group]!["fleets"]![0]!["instances"]![0]!["state"] = "Pending";
        sick["fleets"]![group]!["fleets"]![0]!["serving"] = 1;
        return sick.ToString(Formatting.None);
    }

    /// <summary>The state with the first group's change a canary that gets requests.</summary>
    private static string Canary(string state)
    {
        var canary = JObject.Parse(state);
        canary["fleets"]![0]!["change"]!["canary"] = new JObject { ["settings"] = new JObject { ["steps"] = new JArray("5% 10m", "25% 10m", "100%") }, ["places"] = new JArray(new JObject()) };
        canary["traffic"] = new JObject
        {
            ["group-0000"] = new JObject
            {
                ["lines"] = new JArray(
                    new JObject { ["fleet"] = "group-0000-1", ["from"] = 1767225600000, ["requests"] = new JArray(400, 390, 310, 300), ["errors"] = new JArray(0, 0, 1, 0) },
                    new JObject { ["fleet"] = "group-0000-2", ["from"] = 1767225600000, ["requests"] = new JArray(0, 10, 90, 100), ["errors"] = new JArray(0, 0, 3, 2) }),
            },
        };
        return canary.ToString(Formatting.None);
    }

    private static string State(int groups, string? step = null, int healthy = 2) => new JObject
    {
        ["environment"] = "staging",
        ["environments"] = new JArray("staging", "production"),
        ["cloud"] = "local",
        ["options"] = " --environment staging",
        ["with_targets"] = true,
        ["groups"] = new JArray(Enumerable.Range(0, groups).Select(each => new JObject { ["name"] = $"group-{each:0000}", ["channel"] = "stable" })),
        ["fleets"] = new JArray(Enumerable.Range(0, groups).Select(each => new JObject
        {
            ["group"] = $"group-{each:0000}",
            ["in_manifest"] = true,
            ["current"] = true,
            ["change"] = step is null || each > 0 ? null : new JObject { ["action"] = "roll", ["step"] = step, ["since"] = "2026-01-01T00:00:00Z", ["owner"] = "ann@desk", ["old"] = "group-0000-1", ["new"] = "group-0000-2" },
            ["lock"] = new JObject { ["owner"] = "ann@desk" },
            ["fleets"] = new JArray(Enumerable.Range(1, step is null || each > 0 ? 1 : 2).Select(number => Fleet($"group-{each:0000}-{number}", number == 2 ? healthy : 2))),
        })),
        ["images"] = new JArray(new JObject { ["id"] = "ami-0", ["name"] = "web-1", ["group"] = "group-0000", ["created"] = "2026-01-01T00:00:00Z", ["content"] = "current", ["source"] = "ami-base", ["used_by"] = new JArray() }),
        ["graph"] = new JObject { ["groups"] = new JArray(new JObject { ["group"] = "group-0000", ["provides"] = new JArray(new JObject { ["service"] = "api" }), ["needs"] = new JArray() }) },
        ["services"] = new JArray(new JObject { ["service"] = "api", ["group"] = "group-0000", ["instance"] = "i-1", ["address"] = "10.0.0.1", ["port"] = 80, ["state"] = "healthy" }),
        ["changes"] = new JArray(new JObject { ["id"] = "c-1", ["command"] = "autoscale:update", ["subject"] = "web", ["result"] = "done", ["owner"] = "ann@desk", ["began"] = "2026-01-01T00:00:00Z", ["ended"] = "2026-01-01T00:02:00Z", ["steps"] = new JArray(new JObject { ["text"] = "launch", ["result"] = "done", ["seconds"] = 2 }) }),
    }.ToString(Formatting.None);

    private static JObject Fleet(string name, int healthy) => new()
    {
        ["name"] = name,
        ["image"] = "ami-0",
        ["min"] = 1,
        ["desired"] = 2,
        ["max"] = 4,
        ["serving"] = healthy,
        ["standing"] = "current",
        ["suspended"] = new JArray(),
        ["instances"] = new JArray(Enumerable.Range(0, 2).Select(each => new JObject
        {
            ["id"] = $"i-{name}-{each}",
            ["type"] = "m1.large",
            ["zone"] = "us-east-1a",
            ["state"] = "InService",
            ["targets"] = new JObject { ["web"] = each < healthy ? "healthy" : "initial" },
        })),
    };
}
