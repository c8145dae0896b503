using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Waiting;

internal sealed class TimingsTests
{
    private string _folder = null!;

    private string FilePath => Path.Combine(_folder, "timings", "aws.json");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("baker-test-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Expected_NothingLearnt_IsNull() => Assert.That(Timings.None().Expected("running"), Is.Null);

    [Test]
    public void Learn_FirstTime_IsTheMiddleOfWhatWasSeen()
    {
        var timings = Timings.None();

        timings.Learn("running", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(14));

        Assert.That(timings.Expected("running"), Is.EqualTo(TimeSpan.FromSeconds(12)));
    }

    [Test]
    public void Learn_Again_MovesHalfTheWay()
    {
        var timings = Timings.None();

        timings.Learn("running", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        timings.Learn("running", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));

        Assert.That(timings.Expected("running"), Is.EqualTo(TimeSpan.FromSeconds(15)));
    }

    [Test]
    public void Save_ThenLoad_KnowsWhatWasLearnt()
    {
        var timings = Timings.Load(FilePath);
        timings.Learn("running", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(14));

        timings.Save();

        Assert.That(Timings.Load(FilePath).Expected("running"), Is.EqualTo(TimeSpan.FromSeconds(12)));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(FilePath)!), Has.Length.EqualTo(1));
    }

    [TestCase("{\"running\": 1")]
    [TestCase("[1, 2]")]
    [TestCase("{\"running\": -1}")]
    [TestCase("{\"running\": \"soon\"}")]
    [TestCase("")]
    public void Load_DamagedFile_IsAsGoodAsNone(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, text);

        Assert.That(Timings.Load(FilePath).Expected("running"), Is.Null);
    }
}
