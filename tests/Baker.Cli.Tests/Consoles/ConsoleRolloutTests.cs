using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Consoles;

/// <summary>The page of <c>console</c> while the program itself changes a fleet on the local cloud.</summary>
internal sealed class ConsoleRolloutTests : ChromiumTest
{
    private const string Manifest = """
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"region": "us-east-1", "instance_type": "m5.large", "run_list": []},
          "next": {"source_ami": "ami-22222222"},
          "www": {"source_ami": "ami-11111111", "autoscale": {"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["www"]} }
        }
        """;

    private const string Kept = "step 12 of 16";

    /// <summary>Writes down what the page says of the group, and again whenever it says something else.</summary>
    private const string Record = """
        () => {
          window.seen = [];
          const look = () => {
            const words = document.querySelector('h1 span')?.textContent ?? '';
            const fleets = [...document.querySelectorAll('section.box h2')].map(each => each.firstChild.textContent).join(' + ');
            const now = `${fleets}: ${words}`;
            if (window.seen.at(-1) !== now) window.seen.push(now);
          };
          new MutationObserver(look).observe(document.getElementById('main'), { subtree: true, childList: true, characterData: true });
          look();
        }
        """;

    [Test]
    public async Task Page_UpdateAndRollbackByTheProgram_AreSeenFromBeginToEnd()
    {
        var project = new TestProject(Manifest);
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        await using var fleet = await FleetProject.ServeAsync(project);
        await fleet.BalanceAsync("www");
        await fleet.DoAsync("autoscale:run", "www", "--image", "ami-11111111");
        using var console = new PackageProcess(project, ["console"]);
        var page = await OpenAsync(new Uri(await console.UntilSaysAsync("?token=") + "#/group/www"));
        await Expect(page.Locator("section.box")).ToHaveCountAsync(1);
        await page.EvaluateAsync(Record);

        await fleet.DoAsync("autoscale:update", "www", "--image", "ami-22222222", "--no-wait");
        await Expect(page.Locator("h1")).ToContainTextAsync($"{Kept}, nobody works on it");
        var kept = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('section.box')].map(box => `${box.querySelector('h2 span').textContent}: ${/\\d+ of \\d+ serve/.exec(box.textContent)}`)");
        var updated = await SeenAsync(page);
        await fleet.DoAsync("autoscale:rollback", "www");
        await Expect(page.Locator("section.box")).ToHaveCountAsync(1);
        await Expect(page.Locator("h1 span")).Not.ToContainTextAsync("under way");
        var rolledBack = (await SeenAsync(page))[updated.Length..];
        await page.EvaluateAsync("location.hash = '#/changes'");
        await Expect(page.Locator("table.changes tbody tr")).ToHaveCountAsync(3);
        var changes = await page.Locator("table.changes tbody tr").AllInnerTextsAsync();
        TestContext.Out.WriteLine(string.Join('\n', [.. updated, "-- rollback", .. rolledBack]));

        Assert.That(updated[0], Does.StartWith("www-v001: ").And.Not.Contain("under way"));
        Assert.That(updated[^1], Is.EqualTo($"www-v001 + www-v002: ◐ update under way: {Kept}, nobody works on it"));
        Assert.That(updated[1..], Has.All.Contains("◐ update under way: "));
        Assert.That(updated.Select(Fleets).Distinct(), Is.EqualTo(new[] { "www-v001", "www-v001 + www-v002" }), "one, then two side by side, and never back");
        Assert.That(updated.Select(Step), Has.Some.Matches<string>(step => step is "step 4 of 16" or "step 5 of 16"), "the new fleet was seen before it served");
        Assert.That(kept, Is.EqualTo(new[] { "old, out of its target groups: 0 of 2 serve", "new: 2 of 2 serve" }), "what is kept gets no request");
        // A rollback holds the fleet's lock before the journal says what it does.
        Assert.That(rolledBack[..^1].SkipWhile(seen => seen.EndsWith($"update under way: {Kept}", StringComparison.Ordinal)), Has.All.Contains("rollback under way: "));
        Assert.That(rolledBack.Select(Fleets).Distinct(), Is.EqualTo(new[] { "www-v001 + www-v002", "www-v001" }), "the new one goes");
        Assert.That(rolledBack[^1], Does.StartWith("www-v001: ").And.Not.Contain("under way"));
        Assert.That(changes[0], Does.Contain("autoscale:rollback"));
        Assert.That(changes[1], Does.Contain("autoscale:update"));

        console.Signal(2);
        Assert.That((await console.EndAsync()).Code, Is.EqualTo(ExitCode.Interrupted));
    }

    private static Task<string[]> SeenAsync(Microsoft.Playwright.IPage page) => page.EvaluateAsync<string[]>("window.seen");

    private static string Fleets(string seen) => seen.Split(": ")[0];

    private static string Step(string seen) => seen.Split(": ")[^1];
}
