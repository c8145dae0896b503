using Baker.Core.Merging;
using Baker.Core.Resources;
using Baker.Core.Tests.Manifest;

namespace Baker.Core.Tests.Resources;

public sealed class ServiceResourcesTests
{
    [TestCase("""{"group": "api", "drain": {"script": "a", "timeout": 60}, "beat": 30}""", """{"group": "api", "drain": {"script": "b", "timeout": 60}, "needs": {"db": {}}}""", "drain.script a -> b; beat 30 -> none; needs none -> {\"db\":{}}")]
    [TestCase("""{"provides": {"api": {"port": 80, "check": null}}}""", """{"provides": {"api": {"port": 81, "check": "/up"}}}""", "provides.api.port 80 -> 81; provides.api.check none -> /up")]
    [TestCase("""{"drain": null}""", """{"drain": {"script": "a"}}""", "drain none -> {\"script\":\"a\"}")]
    [TestCase("""{"a": 1}""", """{ "a": 1 }""", "its JSON otherwise written -> as it is written now")]
    [TestCase("nothing", """{"a": 1}""", "its text no JSON -> what nodes read")]
    public void Differences_OfWhatNodesAreTold_NameWhatDiffersAlone(string from, string to, string expected)
    {
        var differences = EnvironmentDifferences.Of([ServiceResources.Of("api", "us-east-1", from)], [ServiceResources.Of("api", "us-east-1", to)]);

        Assert.That(differences.Single().What, Is.EqualTo(expected));
    }

    [Test]
    public void Endpoints_OfAGroupThatProvidesAndNeedsNothingAnyMore_AreNoLongerTold()
    {
        var read = new ReadManifest("{'old': {'config': true, 'iam_instance_profile': 'old'}, 'api': {'config': true, 'iam_instance_profile': 'api', 'provides': {'api': {}}}, 'bare': {}}");
        NodeGroup[] groups = [read.Group("old"), read.Group("api"), read.Group("bare")];
        var desired = new DesiredEnvironment { Resources = [.. ServiceResources.Of(groups)], Groups = [.. groups] };
        var found = new[] { "old", "api", "bare", "other" }.Select(group => ServiceResources.Of(group, groups[0].Region, desired.Resources[0]["text"]));

        var steps = EnvironmentPlan.Endpoints(desired, new EnvironmentFacts { Resources = [.. found] });

        Assert.That(steps.Select(step => step.Text), Is.EqualTo(new[] { "no longer tell nodes of what old provides and needs" }));
    }

    /// <summary>A shell's <c>${…}</c> is no reference to another resource.</summary>
    [TestCase("sleep ${DRAIN:-25}")]
    [TestCase("kill ${PID}")]
    [TestCase("${fleet:api}")]
    public void Text_OfTheManifest_StaysAsItIs(string text)
    {
        var resource = ServiceResources.Of("api", "us-east-1", text).Resolve(_ => "resolved");

        Assert.That(resource.Values.Values.Concat(resource.Fixed.Values), Has.Member(text));
        Assert.That((Reference.Plain(text), Reference.Unresolved(text)), Is.EqualTo((text, (string?)null)));
    }
}
