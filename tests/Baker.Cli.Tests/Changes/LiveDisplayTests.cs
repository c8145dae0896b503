using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cli.Tests.Sessions;
using Baker.Core.Planning;

namespace Baker.Cli.Tests.Changes;

/// <summary>What is under way is shown below what is said; and nothing stands still for long without a word.</summary>
internal sealed class LiveDisplayTests
{
    private readonly SteppedTime _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Test]
    public void NoTerminal_NothingSaidForAWhile_SaysALineEvery30Seconds()
    {
        var display = new LiveDisplay(Plain(), _time);
        var row = Row(TimeSpan.FromMinutes(3));
        display.Say("  5. wait");
        display.Show(row.Key, row);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.That(_error.ToString(), Is.EqualTo("  5. wait\n"));

        row.Take(new ChangeProgress.Healthy(2, 4));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_error.ToString(), Is.EqualTo("  5. wait\n  still www: step 5 of 14, healthy: 30.0 s of about 3 min 0 s; 2 of 4 healthy\n"));

        display.Say("something");
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.That(_error.ToString(), Does.EndWith("something\n"));

        display.Remove(row.Key);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.That(_error.ToString(), Does.EndWith("something\n"));
        Assert.That(_time.Waiting, Is.Zero);
    }

    [Test]
    public void Terminal_TimeGoesOn_RedrawsInPlaceBelowWhatIsSaid()
    {
        var display = new LiveDisplay(Interactive(80), _time);
        var row = Row(null);
        display.Show(row.Key, row);
        row.Take(new ChangeProgress.Countdown("both serve", TimeSpan.FromMinutes(5)));
        _time.Advance(TimeSpan.FromSeconds(65));

        Assert.That(Screen(), Is.EqualTo(
            "www: step 5 of 14, 1 min 5 s\n  wait until every instance of www-v002 is in service, passes its status check…\n  both serve for another 3 min 55 s\n"));

        display.Say("  www-v002 is well");
        Assert.That(Screen(), Does.StartWith("  www-v002 is well\nwww: step 5 of 14"));

        display.Remove(row.Key);
        Assert.That(Screen(), Is.EqualTo("  www-v002 is well\n"));
    }

    [Test]
    public void Terminal_PartThatStands_SaysWhatItWaitsFor()
    {
        var display = new LiveDisplay(Interactive(80), _time);
        var row = Row(null);
        display.Show(row.Key, row);
        row.Take(new ChangeProgress.Part("replaced", 0, "Waiting for instances to warm up."));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(Screen(), Does.EndWith("\n  0% replaced: Waiting for instances to warm up\n"));
    }

    [Test]
    public void Terminal_Narrow_CutsNoNumber()
    {
        var display = new LiveDisplay(Interactive(36), _time);
        var row = Row(TimeSpan.FromMinutes(3));
        display.Show(row.Key, row);
        row.Take(new ChangeProgress.Healthy(2, 4));
        row.Take(new ChangeProgress.Healthy(3, 4, "www-internal"));
        row.Take(new ChangeProgress.Canary(2, 3, 25));
        _time.Advance(TimeSpan.FromSeconds(72));

        var lines = Screen().TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.All.Length.LessThan(36));
        Assert.That(string.Join('\n', lines), Does.Contain("step 5 of 14").And.Contain("1 min 12 s of about 3 min 0 s")
            .And.Contain("2 of 4 healthy").And.Contain("3 of 4 in www-internal").And.Contain("25% of the"));
    }

    [Test]
    public void Terminal_ManyAtOnce_ShowsALineEachAndHowManyMore()
    {
        var display = new LiveDisplay(Interactive(80, height: 10), _time);
        for (var number = 1; number <= 20; number++)
        {
            var row = new ChangeRow(_time, "production", new FleetStep.AwaitHealthy($"www{number}"), number, () => 20, () => null);
            display.Show(row.Key, row);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        var lines = Screen().TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo(7));
        Assert.That(lines[0], Does.StartWith("production: step 1 of 20, healthy"));
        Assert.That(lines[^1], Is.EqualTo("and 14 more"));
    }

    private Terminal Plain() => new() { Out = TextWriter.Null, Error = _error };

    private Terminal Interactive(int width, int height = 24) =>
        new() { Out = TextWriter.Null, Error = _error, Drawing = _error, IsInteractive = true, Width = width, Height = height };

    private ChangeRow Row(TimeSpan? expected) => new(_time, "www", new FleetStep.AwaitHealthy("www-v002"), 5, () => 14, () => expected);

    /// <summary>What stands on the screen once all that was written has been drawn.</summary>
    private string Screen()
    {
        var lines = new List<string>();
        var text = _error.ToString();
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '\r')
            {
                var end = text.IndexOf('A', at);
                lines.RemoveRange(lines.Count - int.Parse(text[(at + 3)..end], System.Globalization.CultureInfo.InvariantCulture), int.Parse(text[(at + 3)..end], System.Globalization.CultureInfo.InvariantCulture));
                at = end + "A\u001b[J".Length;
                continue;
            }

            var next = text.IndexOf('\n', at);
            lines.Add(text[at..next]);
            at = next + 1;
        }

        return string.Concat(lines.Select(line => line + "\n"));
    }
}
