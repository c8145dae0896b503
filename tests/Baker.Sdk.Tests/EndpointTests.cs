using Amazon;
using Amazon.EC2;
using Amazon.ElasticLoadBalancingV2;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;

namespace Baker.Sdk.Tests;

/// <summary>Where the clients send their calls.</summary>
internal sealed class EndpointTests
{
    [TestCase("us-east-1", false, false, "https://ec2.us-east-1.amazonaws.com")]
    [TestCase("cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn")]
    [TestCase("us-gov-west-1", true, false, "https://ec2.us-gov-west-1.amazonaws.com")]
    [TestCase("us-iso-east-1", false, false, "https://ec2.us-iso-east-1.c2s.ic.gov")]
    [TestCase("eusc-de-east-1", false, false, "https://ec2.eusc-de-east-1.amazonaws.eu")]
    [TestCase("us-west-2", true, false, "https://ec2-fips.us-west-2.amazonaws.com")]
    [TestCase("eu-west-1", false, true, "https://ec2.eu-west-1.api.aws")]
    public void Endpoint_OfARegion_FollowsItsPartition(string region, bool fips, bool dualStack, string expected)
    {
        var config = new AmazonEC2Config { RegionEndpoint = RegionEndpoint.GetBySystemName(region), UseFIPSEndpoint = fips, UseDualstackEndpoint = dualStack };

        Assert.That(Resolve(config), Is.EqualTo(expected));
    }

    [Test]
    public void Endpoint_OfLoadBalancing_HasTheServicesPrefix() =>
        Assert.That(Resolve(new AmazonElasticLoadBalancingV2Config { RegionEndpoint = RegionEndpoint.EUCentral1 }), Is.EqualTo("https://elasticloadbalancing.eu-central-1.amazonaws.com"));

    [Test]
    public void Endpoint_ThatIsGiven_IsTaken() =>
        Assert.That(Resolve(new AmazonEC2Config { ServiceURL = "http://127.0.0.1:5000", AuthenticationRegion = "us-east-1" }), Is.EqualTo("http://127.0.0.1:5000"));

    private static string Resolve(ClientConfig config) =>
        config.DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new Amazon.EC2.Model.DescribeRegionsRequest())).URL.TrimEnd('/');
}
