using Baker.Cli.Clouds;

namespace Baker.Cli.Tests.Local;

internal sealed class LocalServerTests
{
    private static readonly Uri s_url = new("http://127.0.0.1:4571/");
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("baker-test-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Find_AServerThatRuns_IsThatOne()
    {
        LocalServer.At(s_url).Write(_folder);
        Assert.That(LocalServer.Find(_folder)?.Url, Is.EqualTo(s_url));
    }

    [Test]
    public void Find_ItsNumberIsAnotherProcesssByNow_IsNone()
    {
        var mine = LocalServer.At(s_url);
        (mine with { Started = mine.Started.AddSeconds(-5) }).Write(_folder);
        Assert.That(LocalServer.Find(_folder), Is.Null);
    }

    [TestCase("http://203.0.113.7:4571/")]
    [TestCase("https://127.0.0.1:4571/")]
    [TestCase("file:///etc/passwd")]
    public void Find_ServesElsewhere_IsNone(string url)
    {
        LocalServer.At(new Uri(url)).Write(_folder);
        Assert.That(LocalServer.Find(_folder), Is.Null);
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"url\": 1, \"process\": \"x\", \"started\": {}}")]
    [TestCase("{\"url\": \"http://127.0.0.1/\", \"process\": 99999999999, \"started\": 1}")]
    [TestCase("{\"url\": \"http://127.0.0.1/\", \"process\": 1, \"started\": 9223372036854775807}")]
    [TestCase("{\"url\": \"x\", \"process\": 1}")]
    public void Find_FileIsDamaged_IsNone(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "serve.json"), text);
        Assert.That(LocalServer.Find(_folder), Is.Null);
    }
}
