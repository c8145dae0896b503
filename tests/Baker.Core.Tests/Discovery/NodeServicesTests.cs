using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Discovery;

/// <summary>What nodes are told of their services: the program on them reads it.</summary>
public sealed class NodeServicesTests
{
    [Test]
    public void Text_OfADrain_SaysItsTimeInSeconds()
    {
        var group = new NodeGroup
        {
            Name = GroupName.Parse("web"),
            Attributes = [],
            Services = new ServiceSettings { Drain = ("/usr/local/bin/drain", TimeSpan.FromHours(24)) },
        };

        Assert.That(JObject.Parse(NodeServices.Text(group))["drain"]!.ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("""{"script":"/usr/local/bin/drain","timeout":86400}"""));
    }
}
