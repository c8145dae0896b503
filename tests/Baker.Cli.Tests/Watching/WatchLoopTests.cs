using Baker.Cli.Sessions;
using Baker.Cli.Tests.Sessions;
using Baker.Cli.Watching;
using Baker.Core;

namespace Baker.Cli.Tests.Watching;

/// <summary><c>--watch</c>: again and again, until a person has seen enough.</summary>
internal sealed class WatchLoopTests
{
    private readonly SteppedTime _time = new();
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly CancellationTokenSource _stop = new();
    private int _looks;

    [TearDown]
    public void End() => _stop.Dispose();

    [Test]
    public async Task NoTerminal_PrintsAgainWithABlankLineBetween()
    {
        var code = await WatchAsync(["instance:list", "--watch"], ["one\n", "two\n"], redraws: false, TimeSpan.FromSeconds(2));

        Assert.That(code, Is.EqualTo(ExitCode.Done));
        Assert.That(_out.ToString(), Is.EqualTo("one\n\ntwo\n"));
    }

    [Test]
    public async Task Terminal_RedrawsInPlace()
    {
        await WatchAsync(["instance:list"], ["one\ntwo\n", "three\n"], redraws: true, TimeSpan.FromSeconds(2));

        Assert.That(_out.ToString(), Is.EqualTo(
            "03:04:05Z  package instance:list  (every 2 s, Ctrl-C ends)\none\ntwo\n"
                + "\r\u001b[3A\u001b[J03:04:07Z  package instance:list  (every 2 s, Ctrl-C ends)\nthree\n"));
    }

    [Test]
    public void Terminal_NarrowerByNow_IsClearedFromWhereItsLinesBegin()
    {
        Assert.That(LiveDisplay.ToTheTopOf(["12345678", "", "1234"], 8), Is.EqualTo("\r\u001b[3A\u001b[J"));
        Assert.That(LiveDisplay.ToTheTopOf(["12345678", "", "1234"], 4), Is.EqualTo("\r\u001b[4A\u001b[J"));
        Assert.That(LiveDisplay.ToTheTopOf([], 8), Is.Empty);
    }

    [Test]
    public async Task Terminal_MoreThanItIsHigh_SaysHowMuchIsMissing()
    {
        await WatchAsync(["instance:list"], [string.Concat(Enumerable.Range(1, 50).Select(number => $"{number}\n"))], redraws: true, TimeSpan.Zero);

        var lines = _out.ToString().TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo(23));
        Assert.That(lines[^1], Is.EqualTo("and 29 more lines, which need a higher terminal"));
    }

    [Test]
    public async Task Json_PrintsAnObjectALineWhereSomethingChanged()
    {
        await WatchAsync(["instance:list", "--json"], ["[\n  1\n]\n", "[1]\n", "[2]\n", "{\n \"a\": \"2026-01-01T00:00:00Z\"}\n"], redraws: false, TimeSpan.FromSeconds(2));

        Assert.That(_out.ToString(), Is.EqualTo("{\"items\":[1]}\n{\"items\":[2]}\n{\"a\":\"2026-01-01T00:00:00Z\"}\n"));
    }

    [Test]
    public async Task Aws_IsAskedNoMoreOftenThanEvery10Seconds()
    {
        await WatchAsync(["instance:list"], ["one\n", "two\n"], redraws: false, TimeSpan.FromSeconds(10), aws: true, every: TimeSpan.FromSeconds(1));

        Assert.That(_out.ToString(), Is.EqualTo("one\n\ntwo\n"));
    }

    [Test]
    public async Task Failure_AtALaterLook_IsSaidAndDoesNotEndIt()
    {
        await WatchAsync(["instance:list"], ["one\n", "!", "!", "two\n"], redraws: false, TimeSpan.FromSeconds(2));

        Assert.That(_out.ToString(), Does.StartWith("one\n").And.EndWith("two\n"));
        Assert.That(_error.ToString(), Is.EqualTo("package: The cloud is away.\n"));
    }

    [Test]
    public async Task Failure_AtTheFirstLook_EndsIt() => await Assert.ThatAsync(
        () => WatchAsync(["instance:list"], ["!"], redraws: false, TimeSpan.FromSeconds(2)),
        Throws.InstanceOf<BakerException>());

    [TestCase("--watch", null, "--watch")]
    [TestCase("--watch 5", 5.0, "--watch=5")]
    [TestCase("--watch=5", 5.0, "--watch=5")]
    [TestCase("www --watch --json", null, "www --watch --json")]
    [TestCase("--watch www", null, "--watch www")]
    public void Option_IsRead(string words, double? seconds, string read)
    {
        string[] arguments = ["autoscale:status", .. words.Split(' ')];

        Assert.That(WatchOption.IsIn(ref arguments, out var every));
        Assert.That(every?.TotalSeconds, Is.EqualTo(seconds));
        Assert.That(string.Join(' ', arguments.Skip(1)), Is.EqualTo(read));
    }

    [Test]
    public void Option_WithoutANumber_IsRefused()
    {
        string[] arguments = ["autoscale:status", "--watch=soon"];

        Assert.Throws<BakerException>(() => WatchOption.IsIn(ref arguments, out _));
    }

    [Test]
    public void Option_OfACommandThatChanges_IsNone()
    {
        string[] arguments = ["autoscale:update", "www", "--watch"];

        Assert.That(WatchOption.IsIn(ref arguments, out _), Is.False);
    }

    private async Task<ExitCode> WatchAsync(string[] arguments, string[] looks, bool redraws, TimeSpan pause, bool aws = false, TimeSpan? every = null)
    {
        var terminal = new Terminal { Out = _out, Error = _error, Redrawing = redraws ? _out : null };
        var session = new Session(terminal, "/", new(() => new Dictionary<string, string>()), _time, _stop.Token);
        session.Clouds.HasAws = aws;
        var watch = Task.Run(() => new WatchLoop(session, arguments, every, Look).RunAsync());
        for (var look = 1; look < looks.Length; look++)
        {
            await Wait.UntilAsync(() => Task.FromResult(watch.IsCompleted || (_time.Waiting > 0 && _looks == look)), "the next look");
            _time.Advance(pause - TimeSpan.FromMilliseconds(1));
            Assert.That(_looks, Is.EqualTo(look));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Wait.UntilAsync(() => Task.FromResult(watch.IsCompleted || (_time.Waiting > 0 && _looks == looks.Length)), "the end");
        await _stop.CancelAsync();
        return await watch;

        ExitCode Look(Session kept, string[] words)
        {
            var text = looks[_looks];
            Interlocked.Increment(ref _looks);
            if (text == "!")
            {
                throw new BakerException(ExitCode.CloudFailed, "The cloud is away.");
            }

            kept.Terminal.Out.Write(text);
            return ExitCode.Changes;
        }
    }
}
