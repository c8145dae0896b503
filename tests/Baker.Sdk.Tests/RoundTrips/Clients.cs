using System.Reflection;
using Amazon.AutoScaling;
using Amazon.CloudWatch;
using Amazon.EC2;
using Amazon.ElasticLoadBalancingV2;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>The generated clients, by the name of their service in credential scopes.</summary>
internal static class Clients
{
    public static readonly IReadOnlyDictionary<string, Type> ByService = new Dictionary<string, Type>
    {
        ["ec2"] = typeof(AmazonEC2Client),
        ["autoscaling"] = typeof(AmazonAutoScalingClient),
        ["ssm"] = typeof(AmazonSimpleSystemsManagementClient),
        ["elasticloadbalancing"] = typeof(AmazonElasticLoadBalancingV2Client),
        ["monitoring"] = typeof(AmazonCloudWatchClient),
    };

    public static AmazonServiceClient Make(string service, string url, HttpMessageHandler? handler = null, Action<ClientConfig>? configure = null)
    {
        var client = ByService[service];
        var config = (ClientConfig)Activator.CreateInstance(client.GetConstructors().SelectMany(each => each.GetParameters())
            .Select(each => each.ParameterType).First(each => typeof(ClientConfig).IsAssignableFrom(each)))!;
        config.ServiceURL = url;
        config.AuthenticationRegion = "us-east-1";
        config.HttpClientFactory = handler is null ? null : new InProcess(handler);
        configure?.Invoke(config);
        return (AmazonServiceClient)Activator.CreateInstance(client, new BasicAWSCredentials("key", "secret"), config)!;
    }

    public static IEnumerable<MethodInfo> Operations(string service) =>
        ByService[service].GetMethods().Where(each => each.Name.EndsWith("Async", StringComparison.Ordinal) && each.GetParameters().Length == 2);

    /// <summary>Calls an operation and gives its response.</summary>
    public static async Task<AmazonWebServiceResponse> CallAsync(AmazonServiceClient client, MethodInfo operation, AmazonWebServiceRequest request)
    {
        var task = (Task)operation.Invoke(client, [request, CancellationToken.None])!;
        await task;
        return (AmazonWebServiceResponse)task.GetType().GetProperty("Result")!.GetValue(task)!;
    }
}
