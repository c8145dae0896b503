using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Core.Tests.Discovery;

/// <summary>What an entry says, what others say of its node, and which of them counts.</summary>
public sealed class ServiceHealthTests
{
    private const string Www = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/www/0123456789abcdef";

    private static readonly ServiceEntry s_entry = new()
    {
        Service = ServiceName.Parse("api"),
        Group = GroupName.Parse("back"),
        Instance = "i-0123456789abcdef0",
        Address = "10.0.0.7",
        Port = 8080,
        Since = default,
    };

    private static readonly FleetInstance s_seen = new() { Id = s_entry.Instance, Lifecycle = "InService" };
    private static readonly AnnouncedNode s_node = new("back", "running", ["10.0.0.7", "198.51.100.7"], s_seen);

    private static IEnumerable<TestCaseData> Nodes
    {
        get
        {
            static TestCaseData Case(AnnouncedNode? node, string text) => new TestCaseData(node, text).SetArgDisplayNames(text);
            yield return Case(s_node, "serving");
            yield return Case(s_node with { State = "pending" }, "serving");
            yield return Case(s_node with { Addresses = ["198.51.100.7", "10.0.0.7"] }, "serving");
            yield return Case(s_node with { Addresses = [] }, "serving");
            yield return Case(null, "dead: there is no such instance");
            yield return Case(s_node with { State = "stopped" }, "dead: the instance is stopped");
            yield return Case(s_node with { Group = "other" }, "dead: the instance is one of other");
            yield return Case(s_node with { Group = "" }, "dead: the instance is one of no group");
            yield return Case(s_node with { Addresses = ["10.0.0.8"] }, "dead: the instance has the address 10.0.0.8");
            yield return Case(s_node with { Seen = s_seen with { Lifecycle = "Terminating:Wait" } }, "unwell: Terminating:Wait");
            yield return Case(s_node with { Seen = s_seen with { IsMarkedHealthy = false } }, "unwell: marked unhealthy by Auto Scaling");
            yield return Case(s_node with { Seen = s_seen with { StatusChecks = "impaired" } }, "unwell: status checks: impaired");
            yield return Case(Target("unhealthy", "Target.FailedHealthChecks", 8080), "unwell: unhealthy in www: Target.FailedHealthChecks");
            yield return Case(Target("draining", null, 8080), "unwell: draining in www");
            yield return Case(Target("healthy", null, 8080), "serving");
            yield return Case(Target("unhealthy", "Target.FailedHealthChecks", 8081), "serving");
            yield return Case(Target("unused", "Target.NotInUse", 8080), "serving");
        }
    }

    [TestCaseSource(nameof(Nodes))]
    public void Of_Node_IsWhatOthersSayOfIt(AnnouncedNode? node, string text)
    {
        var health = ServiceHealth.Of(s_entry, node);
        Assert.That((health.Text, health.IsDead), Is.EqualTo((text, text.StartsWith("dead", StringComparison.Ordinal))));
    }

    [Test]
    public void Of_EntryThatLeaves_IsLeavingAsLongAsItsNodeLives()
    {
        var leaving = s_entry with { State = ServiceState.Leaving };
        Assert.That(ServiceHealth.Of(leaving, s_node).Text, Is.EqualTo("leaving"));
        Assert.That(ServiceHealth.Of(leaving, null).IsDead, Is.True);
        Assert.That(ServiceHealth.Of(leaving, s_node with { Seen = s_seen with { Lifecycle = "Terminating:Wait" } }).Text, Is.EqualTo("leaving: Terminating:Wait"));
    }

    [Test]
    public void Of_EntryWithAName_IsNotComparedWithAddresses() =>
        Assert.That(ServiceHealth.Of(s_entry with { Address = "bee-1.internal" }, s_node).Text, Is.EqualTo("serving"));

    private static AnnouncedNode Target(string state, string? reason, int port) =>
        s_node with { Seen = s_seen with { Targets = [new TargetView(Www, state, reason, null, port)] } };
}
