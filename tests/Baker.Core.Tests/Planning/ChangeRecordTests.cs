using System.Text;
using Baker.Core.Planning;
using Newtonsoft.Json;

namespace Baker.Core.Tests.Planning;

public sealed class ChangeRecordTests
{
    private static readonly ChangeRecord s_record = new()
    {
        Id = "20261127-091500-1a2b3c",
        Command = "autoscale:update",
        Subject = "www",
        Environment = "production",
        Cloud = "aws",
        Owner = "ops@host",
        Began = new(2026, 11, 27, 9, 15, 0, TimeSpan.Zero),
        Ended = new(2026, 11, 27, 9, 25, 0, TimeSpan.Zero),
        Result = "failed",
        Failure = new string('x', 3000),
        Override = "it burns",
        Fleets = [new("www", new("www-v001", "ami-1", 2) { Commits = ["/srv/app at abc (main of repo)"], Packages = 300 }, null) { Packages = ["nginx 1.24 -> none"] }],
        LeastHealthy = [KeyValuePair.Create("www", 2)],
        TargetGroups = ["arn:www"],
        Traffic = [new("before", new(2026, 11, 27, 9, 5, 0, TimeSpan.Zero), new(2026, 11, 27, 9, 15, 0, TimeSpan.Zero), 10, 1, 2)],
        Alarms = ["busy"],
        Steps = [.. Enumerable.Range(0, 100).Select(number => ($"step {number} of many, which says what it does", "done", 1.5))],
        Leftovers = null,
    };

    [Test]
    public void Parse_OfWhatWasWritten_IsTheSame()
    {
        var text = s_record.ToJson().ToString();

        Assert.That(ChangeRecord.Parse(text).ToJson().ToString(), Is.EqualTo(text));
    }

    [TestCase(4096)]
    [TestCase(900)]
    public void ToText_OfALongRecord_KeepsToItsBytesAndIsStillOne(int most)
    {
        var text = s_record.ToText(most);

        Assert.That(Encoding.UTF8.GetByteCount(text), Is.LessThanOrEqualTo(most));
        Assert.That((ChangeRecord.Parse(text).Id, ChangeRecord.Parse(text).Override), Is.EqualTo((s_record.Id, "it burns")));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"id\": \"a\", \"command\": \"b\", \"subject\": \"c\", \"owner\": \"d\", \"began\": \"yesterday\"}")]
    public void Parse_OfWhatIsNoRecord_SaysSo(string text) =>
        Assert.That(() => ChangeRecord.Parse(text), Throws.InstanceOf<JsonException>());
}
