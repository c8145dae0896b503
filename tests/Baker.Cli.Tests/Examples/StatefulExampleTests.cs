namespace Baker.Cli.Tests.Examples;

/// <summary>The example systems that keep what they are told in this machine's PostgreSQL, MariaDB and Redis; these run as other users than root.</summary>
[Platform("Linux")]
public sealed class StatefulExampleTests
{
    [SetUp]
    public async Task NeedPeersAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("These examples take root.");
        }

        Peers.Require("aws");
        Peers.Require("redis-server");
        await Sandboxes.RequireAsync();
    }

    [Test]
    public async Task Opendebates_FollowedAsItsReadmeSays_LosesNothingButWhatIsAnnounced()
    {
        Peers.Require("psql");
        await using var walk = new ExampleWalk("opendebates", 5432, 6379) { Notice = TestProject.Repository("examples/opendebates/upgrade.html") };
        await walk.WalkAsync();
        Assert.That(walk.Answered, Is.Positive);
        Assert.That(walk.Noticed, Is.Positive);
    }

    [Test]
    public async Task Syncstorage_FollowedAsItsReadmeSays_LosesNothing()
    {
        Peers.Require("mariadb");
        await using var walk = new ExampleWalk("syncstorage");
        await walk.WalkAsync();
        Assert.That(walk.Answered, Is.Positive);
    }

    [Test]
    public async Task Trackmaven_FollowedAsItsReadmeSays_LosesNothing()
    {
        Peers.Require("psql");
        Peers.Require("ansible-playbook");
        Peers.Require("sshd");
        await using var walk = new ExampleWalk("trackmaven", 5672);
        await walk.WalkAsync();
        Assert.That(walk.Answered, Is.Positive);
    }
}
