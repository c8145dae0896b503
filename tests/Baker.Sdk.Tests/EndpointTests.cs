using Amazon;
using Amazon.AutoScaling;
using Amazon.ElasticLoadBalancingV2;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;

namespace Baker.Sdk.Tests;

/// <summary>Where the generated clients send their calls.</summary>
internal sealed class EndpointTests
{
    [TestCase("us-east-1", false, false, "https://autoscaling.us-east-1.amazonaws.com")]
    [TestCase("cn-north-1", false, false, "https://autoscaling.cn-north-1.amazonaws.com.cn")]
    [TestCase("us-gov-west-1", true, false, "https://autoscaling.us-gov-west-1.amazonaws.com")]
    [TestCase("us-iso-east-1", false, false, "https://autoscaling.us-iso-east-1.c2s.ic.gov")]
    [TestCase("eusc-de-east-1", false, false, "https://autoscaling.eusc-de-east-1.amazonaws.eu")]
    [TestCase("us-west-2", true, false, "https://autoscaling-fips.us-west-2.amazonaws.com")]
    [TestCase("eu-west-1", false, true, "https://autoscaling.eu-west-1.api.aws")]
    public void Endpoint_OfARegion_FollowsItsPartition(string region, bool fips, bool dualStack, string expected)
    {
        var config = new AmazonAutoScalingConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region), UseFIPSEndpoint = fips, UseDualstackEndpoint = dualStack };

        Assert.That(Resolve(config), Is.EqualTo(expected));
    }

    [Test]
    public void Endpoint_OfLoadBalancing_HasTheServicesPrefix() =>
        Assert.That(Resolve(new AmazonElasticLoadBalancingV2Config { RegionEndpoint = RegionEndpoint.EUCentral1 }), Is.EqualTo("https://elasticloadbalancing.eu-central-1.amazonaws.com"));

    [Test]
    public void Endpoint_ThatIsGiven_IsTaken() =>
        Assert.That(Resolve(new AmazonAutoScalingConfig { ServiceURL = "http://127.0.0.1:5000", AuthenticationRegion = "us-east-1" }), Is.EqualTo("http://127.0.0.1:5000"));

    private static string Resolve(ClientConfig config) =>
        config.DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new Amazon.AutoScaling.Model.DescribeAutoScalingGroupsRequest())).URL.TrimEnd('/');
}
