using Baker.Cli.Serving;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Consoles;

internal sealed class ConsoleLogsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("baker-logs-").FullName;
    private readonly ConsoleLogs _logs;

    public ConsoleLogsTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "logs"));
        _logs = new ConsoleLogs(Path.Combine(_folder, "logs"), new HashSet<string>(["web"], StringComparer.Ordinal), TimeProvider.System);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestCase("../secret")]
    [TestCase("")]
    [TestCase("web.log")]
    [TestCase("linked")]
    public void Follow_AnotherFile_IsNotFollowed(string name)
    {
        Write("web", "");
        File.WriteAllText(Path.Combine(_folder, "secret.log"), "secret");
        File.CreateSymbolicLink(Path.Combine(_folder, "logs", "linked.log"), Path.Combine(_folder, "secret.log"));

        Assert.That(_logs.Follow(name), Is.Null);
        Assert.That(_logs.List(), Does.Not.Contain("linked"));
    }

    [Test]
    public void Tail_LogGrowsAndBeginsAnew_SaysEachPartOnce()
    {
        Write("web", "\n# 2026-01-01 00:00:00Z launch\n");
        var tail = _logs.Follow("web")!;
        var first = JObject.Parse(tail.Next()!);
        var nothing = tail.Next();
        File.AppendAllText(Path.Combine(_folder, "logs", "web.log"), "more\n");
        var more = JObject.Parse(tail.Next()!);
        Write("web", "\n# 2026-01-02 00:00:00Z launch\nlonger than what was there before\n");
        var anew = JObject.Parse(tail.Next()!);

        Assert.That(((bool)first["anew"]!, nothing), Is.EqualTo((true, (string?)null)));
        Assert.That(((bool)more["anew"]!, (string)more["text"]!), Is.EqualTo((false, "more\n")));
        Assert.That((bool)anew["anew"]!, Is.True);
        Assert.That((string)anew["text"]!, Does.EndWith("longer than what was there before\n"));
    }

    [Test]
    public void Tail_LogIsLong_BeginsAtALineNearItsEnd()
    {
        Write("web", string.Concat(Enumerable.Range(0, 20_000).Select(line => $"line {line}\n")));
        var first = JObject.Parse(_logs.Follow("web")!.Next()!);
        var text = (string)first["text"]!;

        Assert.That((bool)first["skipped"]!, Is.True);
        Assert.That(text.Length, Is.InRange(60_000, 65_536));
        Assert.That(text, Does.StartWith("line ").And.EndWith("line 19999\n"));
    }

    [Test]
    public void List_BakesAndChanges_AreTheNewestFirstWithTheirLastSteps()
    {
        Write("web", "\n# 2026-01-01 00:00:00Z launch\n\n# 2026-01-01 00:01:00Z wait until it runs\nsome output\n");
        Write("web.autoscale-update", "no step yet");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "logs", "web.log"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var list = JArray.Parse(_logs.List());

        Assert.That(
            list.Select(each => ((string)each["name"]!, (bool)each["is_bake"]!, (string?)each["step"])),
            Is.EqualTo(new[] { ("web", true, "wait until it runs"), ("web.autoscale-update", false, (string?)null) }));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, "logs", name + ".log"), text);
}
