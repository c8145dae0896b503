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
    public void Expected_NothingLearned_IsNull() => Assert.That(Timings.None().Expected("running"), Is.Null);

    [Test]
    public void Learn_FirstTime_IsWhatWasSeen()
    {
        var timings = Timings.None();

        timings.Learn("running", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(14));

        Assert.That(timings.Expected("running"), Is.EqualTo(Between(10, 14)));
    }

    [TestCase(11, 16, 11, 14, Description = "both agree in part: it lies in what they have in common")]
    [TestCase(11, 12, 11, 12, Description = "a closer look")]
    [TestCase(17, 18, 10, 18, Description = "it took longer: anywhere between")]
    [TestCase(5, 6, 5, 14, Description = "it was quicker: anywhere between")]
    [TestCase(0, 9, 8.55, 9, Description = "ready at the first look: a little earlier next time")]
    [TestCase(0, 12, 10, 12, Description = "ready at a first look that came late")]
    [TestCase(0, 30, 10, 14, Description = "a first look so late says nothing")]
    public void Learn_Again_NarrowsOrWidens(double notYet, double ready, double from, double to)
    {
        var timings = Timings.None();
        timings.Learn("running", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(14));

        timings.Learn("running", TimeSpan.FromSeconds(notYet), TimeSpan.FromSeconds(ready));

        Assert.That(timings.Expected("running"), Is.EqualTo(Between(from, to)));
    }

    [Test]
    public void Learn_TheSameAgainAndAgain_LooksFewTimesAndHardlyLate()
    {
        var timings = Timings.None();
        var truth = TimeSpan.FromSeconds(12);
        var (looks, late) = (0, TimeSpan.Zero);

        for (var run = 1; run <= 4; run++)
        {
            var (notYet, now) = (TimeSpan.Zero, TimeSpan.Zero);
            for (looks = 0; now < truth; looks++)
            {
                (notYet, now) = (now, PollPace.Aws.Next(now, timings.Expected("running")));
            }

            late = now - truth;
            timings.Learn("running", notYet, now);
        }

        Assert.That(looks, Is.LessThanOrEqualTo(9));
        Assert.That(late, Is.LessThan(TimeSpan.FromSeconds(0.1)));
    }

    [Test]
    public void Save_ThenLoad_KnowsWhatWasLearned()
    {
        var timings = Timings.Load(FilePath);
        timings.Learn("running", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(14));

        timings.Save();

        Assert.That(Timings.Load(FilePath).Expected("running"), Is.EqualTo(Between(10, 14)));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(FilePath)!), Has.Length.EqualTo(1));
    }

    [TestCase("{\"running\": [1, 2]")]
    [TestCase("{\"running\": [2, 1]}")]
    [TestCase("{\"running\": [1]}")]
    [TestCase("[1, 2]")]
    [TestCase("{\"running\": -1}")]
    [TestCase("{\"running\": \"soon\"}")]
    [TestCase("{\"running\": [1, 1e308]}")]
    [TestCase("")]
    public void Load_DamagedFile_IsAsGoodAsNone(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, text);

        Assert.That(Timings.Load(FilePath).Expected("running"), Is.Null);
    }

    private static LearnedTime Between(double notYet, double ready) => new(TimeSpan.FromSeconds(notYet), TimeSpan.FromSeconds(ready));
}
