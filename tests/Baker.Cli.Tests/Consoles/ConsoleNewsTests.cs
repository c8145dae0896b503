using Baker.Cli.Serving;

namespace Baker.Cli.Tests.Consoles;

internal sealed class ConsoleNewsTests
{
    [TestCase("{}", "{}", """{"set":{},"gone":[],"fleets":[]}""")]
    [TestCase("""{"a":1,"b":1}""", """{"a":2,"c":[]}""", """{"set":{"a":2,"c":[]},"gone":["b"],"fleets":[]}""")]
    [TestCase(
        """{"fleets":[{"group":"a","n":1},{"group":"b","n":1}]}""",
        """{"fleets":[{"group":"a","n":1},{"group":"b","n":2}]}""",
        """{"set":{},"gone":[],"fleets":[{"group":"b","n":2}]}""")]
    [TestCase(
        """{"fleets":[{"group":"a"}]}""",
        """{"fleets":[{"group":"a"},{"group":"b"}]}""",
        """{"set":{"fleets":[{"group":"a"},{"group":"b"}]},"gone":[],"fleets":[]}""")]
    [TestCase("""{"at":"2026-01-01T00:00:00+01:00"}""", """{"at":"2026-01-01T00:00:00+02:00"}""", """{"set":{"at":"2026-01-01T00:00:00+02:00"},"gone":[],"fleets":[]}""")]
    public void Between_TwoLooks_IsWhatDiffers(string before, string after, string news) =>
        Assert.That(ConsoleNews.Between(before, after), Is.EqualTo(news));
}
