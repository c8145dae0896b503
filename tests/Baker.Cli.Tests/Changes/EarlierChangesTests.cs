using Baker.Cli.Changes;
using Baker.Core.Planning;

namespace Baker.Cli.Tests.Changes;

/// <summary>How long a step will take is known from the records of the same change.</summary>
internal sealed class EarlierChangesTests
{
    [Test]
    public void Step_DoneBefore_TakesAsLongAsTheLastTime()
    {
        using var project = new TestProject();
        Write(project, "1", "autoscale:update", ("wait until the connections to www-v001 have drained", "done", 10));
        Write(project, "2", "autoscale:update", ("wait until the connections to www-v002 have drained", "done", 20));
        Write(project, "3", "autoscale:update", ("wait until the connections to www-v003 have drained", "interrupted", 1));
        Write(project, "4", "autoscale:delete", ("wait until the connections to www-v003 have drained", "done", 40));
        project.Write("changes/5.json", "{");

        var earlier = new EarlierChanges(project.PathOf("changes"), "autoscale:update", "www");

        Assert.That(earlier.Of(new FleetStep.AwaitDrained("www-v004")), Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(earlier.Of(new FleetStep.Detach("www-v004")), Is.Null);
        Assert.That(new EarlierChanges(project.PathOf("none"), "autoscale:update", "www").Of(new FleetStep.Detach("a")), Is.Null);
    }

    private static void Write(TestProject project, string id, string command, params (string Text, string Result, double Seconds)[] steps) =>
        project.Write($"changes/{id}.json", new ChangeRecord
        {
            Id = id,
            Command = command,
            Subject = "www",
            Owner = "a@b",
            Began = DateTimeOffset.UnixEpoch,
            Ended = DateTimeOffset.UnixEpoch,
            Result = "done",
            Steps = [.. steps],
        }.ToJson().ToString());
}
