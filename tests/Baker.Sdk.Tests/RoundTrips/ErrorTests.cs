using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.CertificateManager;
using Amazon.CloudWatch;
using Amazon.CloudWatch.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Errors of each protocol, from the server's codec to the client's exceptions.</summary>
internal sealed class ErrorTests
{
    [Test]
    public async Task Ec2Error_KeepsCodeMessageStatusAndId()
    {
        var error = await CaughtAsync<AmazonEC2Exception>("ec2", "InvalidInstanceID.NotFound", 400, client =>
            ((AmazonEC2Client)client).DescribeInstancesAsync(new DescribeInstancesRequest()));

        Assert.That((error.ErrorCode, error.Message, (int)error.StatusCode, error.RequestId), Is.EqualTo(("InvalidInstanceID.NotFound", "It <broke>", 400, "id-1")));
    }

    [Test]
    public async Task QueryError_ThatIsModelled_HasItsOwnException()
    {
        var error = await CaughtAsync<Amazon.AutoScaling.Model.ResourceInUseException>("autoscaling", "ResourceInUse", 400, client =>
            ((AmazonAutoScalingClient)client).DeleteAutoScalingGroupAsync(new DeleteAutoScalingGroupRequest { AutoScalingGroupName = "g" }));

        Assert.That((error.ErrorCode, error.Message, error.RequestId), Is.EqualTo(("ResourceInUse", "It <broke>", "id-1")));
    }

    [Test]
    public async Task QueryError_ThatIsNotModelled_IsTheServicesException() =>
        Assert.That(
            (await CaughtAsync<AmazonElasticLoadBalancingV2Exception>("elasticloadbalancing", "ValidationError", 400, client =>
                ((AmazonElasticLoadBalancingV2Client)client).DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest()))).ErrorCode,
            Is.EqualTo("ValidationError"));

    [Test]
    public async Task LoadBalancingError_WithAShortCode_HasItsOwnException() =>
        Assert.That(
            (await CaughtAsync<TargetGroupNotFoundException>("elasticloadbalancing", "TargetGroupNotFound", 400, client =>
                ((AmazonElasticLoadBalancingV2Client)client).DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest()))).ErrorCode,
            Is.EqualTo("TargetGroupNotFound"));

    [Test]
    public async Task JsonError_ThatIsModelled_HasItsOwnException()
    {
        var error = await CaughtAsync<ParameterAlreadyExistsException>("ssm", "ParameterAlreadyExists", 400, client =>
            ((AmazonSimpleSystemsManagementClient)client).PutParameterAsync(new PutParameterRequest { Name = "n", Value = "v" }));

        Assert.That((error.Message, error.RequestId), Is.EqualTo(("It <broke>", "id-1")));
    }

    [Test]
    public async Task JsonError_OfAGeneratedClient_HasItsOwnException()
    {
        var error = await CaughtAsync<Amazon.CertificateManager.Model.ResourceInUseException>("acm", "ResourceInUseException", 400, client =>
            ((AmazonCertificateManagerClient)client).DeleteCertificateAsync(new() { CertificateArn = "arn" }));

        Assert.That((error.ErrorCode, error.Message, error.RequestId), Is.EqualTo(("ResourceInUseException", "It <broke>", "id-1")));
    }

    [Test]
    public async Task CloudWatchError_IsItsException() =>
        Assert.That(
            (await CaughtAsync<AmazonCloudWatchException>("monitoring", "InternalSomething", 404, client =>
                ((AmazonCloudWatchClient)client).DescribeAlarmsAsync(new DescribeAlarmsRequest()))).ErrorCode,
            Is.EqualTo("InternalSomething"));

    [Test]
    public async Task Throttling_IsRetriedAsOftenAsConfigured()
    {
        using var server = new CodecServer("ec2") { Error = ("RequestLimitExceeded", "Request limit exceeded.", 503) };
        using var client = (AmazonEC2Client)Clients.Make("ec2", "http://127.0.0.1:1", server, config => config.MaxErrorRetry = 2);

        await Assert.ThrowsAsync<AmazonEC2Exception>(() => client.DescribeInstancesAsync(new DescribeInstancesRequest()));
        Assert.That(server.Calls, Is.EqualTo(3));
    }

    [Test]
    public async Task DryRun_ComesBackAsItsCode() =>
        Assert.That(
            (await CaughtAsync<AmazonEC2Exception>("ec2", "DryRunOperation", 412, client =>
                ((AmazonEC2Client)client).RunInstancesAsync(new RunInstancesRequest { MinCount = 1, MaxCount = 1, DryRun = true }))).ErrorCode,
            Is.EqualTo("DryRunOperation"));

    private static async Task<T> CaughtAsync<T>(string service, string code, int status, Func<AmazonServiceClient, Task> call) where T : AmazonServiceException
    {
        using var server = new CodecServer(service) { Error = (code, "It <broke>", status) };
        using var client = Clients.Make(service, "http://127.0.0.1:1", server, config => config.MaxErrorRetry = 0);
        return (await Assert.ThrowsAsync<T>(() => call(client)))!;
    }
}
