using System.Reflection;
using Amazon.AutoScaling;
using Amazon.CertificateManager;
using Amazon.CloudWatch;
using Amazon.EC2;
using Amazon.ElastiCache;
using Amazon.ElasticLoadBalancingV2;
using Amazon.IdentityManagement;
using Amazon.RDS;
using Amazon.Redshift;
using Amazon.Runtime;
using Amazon.SimpleNotificationService;
using Amazon.SimpleSystemsManagement;
using Baker.LocalCloud.Protocol;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>The clients, by the name of their service in credential scopes.</summary>
internal static class Clients
{
    public static readonly IReadOnlyDictionary<string, Type> ByService = new Dictionary<string, Type>
    {
        ["ec2"] = typeof(AmazonEC2Client),
        ["autoscaling"] = typeof(AmazonAutoScalingClient),
        ["ssm"] = typeof(AmazonSimpleSystemsManagementClient),
        ["elasticloadbalancing"] = typeof(AmazonElasticLoadBalancingV2Client),
        ["iam"] = typeof(AmazonIdentityManagementServiceClient),
        ["monitoring"] = typeof(AmazonCloudWatchClient),
        ["acm"] = typeof(AmazonCertificateManagerClient),
        ["sns"] = typeof(AmazonSimpleNotificationServiceClient),
        ["rds"] = typeof(AmazonRDSClient),
        ["elasticache"] = typeof(AmazonElastiCacheClient),
        ["redshift"] = typeof(AmazonRedshiftClient),
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

    /// <summary>The client's methods for the actions that the server's codec has.</summary>
    public static IEnumerable<MethodInfo> Operations(string service) =>
        ServiceCodec.For(service)!.Actions.Order(StringComparer.Ordinal).Select(action => Operation(service, action));

    public static MethodInfo Operation(string service, string action) => ByService[service].GetMethods().Single(each =>
        each.Name == $"{action}Async" && each.GetParameters().Length == 2 && typeof(AmazonWebServiceRequest).IsAssignableFrom(each.GetParameters()[0].ParameterType));

    /// <summary>Calls an operation and gives its response.</summary>
    public static async Task<AmazonWebServiceResponse> CallAsync(AmazonServiceClient client, MethodInfo operation, AmazonWebServiceRequest request)
    {
        var task = (Task)operation.Invoke(client, [request, CancellationToken.None])!;
        await task;
        return (AmazonWebServiceResponse)task.GetType().GetProperty("Result")!.GetValue(task)!;
    }
}
