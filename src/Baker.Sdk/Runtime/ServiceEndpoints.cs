using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal.Endpoints.StandardLibrary;
using Amazon.Util;

namespace Baker.Sdk.Runtime;

/// <summary>
/// The endpoint of a regional service in any partition. One rule set serves Auto Scaling, Elastic Load
/// Balancing and CloudWatch: prefix, region, the partition's suffix.
/// </summary>
internal sealed class ServiceEndpoints(string prefix) : IEndpointProvider
{
    /// <summary>What the rules need to know of a configuration.</summary>
    public static EndpointParameters Parameters(IClientConfig config, RegionEndpoint? alternate)
    {
        var region = alternate?.SystemName ?? config.RegionEndpoint?.SystemName;
        if (region is null && !string.IsNullOrEmpty(config.ServiceURL))
        {
            region = config.AuthenticationRegion ?? AWSSDKUtils.DetermineRegion(config.ServiceURL);
        }

        var parameters = new EndpointParameters();
        parameters["Region"] = region;
        parameters["Endpoint"] = config.ServiceURL;
        parameters["UseFIPS"] = config.UseFIPSEndpoint;
        parameters["UseDualStack"] = config.UseDualstackEndpoint;
        return parameters;
    }

    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        if (parameters["Endpoint"] is string { Length: > 0 } given)
        {
            return new Endpoint(given);
        }

        if (parameters["Region"] is not string { Length: > 0 } region)
        {
            throw new AmazonClientException("No region is set: give one by AWS_REGION, by the profile or in the configuration.");
        }

        var partition = Fn.Partition(region);
        var (fips, dual) = (parameters["UseFIPS"] is true, parameters["UseDualStack"] is true);
        if ((fips && !partition.supportsFIPS) || (dual && !partition.supportsDualStack))
        {
            throw new AmazonClientException($"The partition of {region} has no {(fips ? "FIPS" : "dual-stack")} endpoints.");
        }

        // The plain endpoints of GovCloud are FIPS endpoints.
        var host = prefix + (fips && (dual || partition.name != "aws-us-gov") ? "-fips" : "");
        return new Endpoint($"https://{host}.{region}.{(dual ? partition.dualStackDnsSuffix : partition.dnsSuffix)}");
    }
}
