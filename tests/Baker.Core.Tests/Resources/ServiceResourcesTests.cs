using Baker.Core.Resources;

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
}
