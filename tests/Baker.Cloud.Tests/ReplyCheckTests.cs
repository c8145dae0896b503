using System.Net;
using System.Text;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.S3.Model;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud.Tests;

/// <summary>What comes instead of a service's reply is taken for an outage, and what it does come as for what it is.</summary>
internal sealed class ReplyCheckTests
{
    private const string Html = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";
    private const string Ec2 = "<DescribeImagesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><imagesSet><item><imageId>ami-1</imageId></item></imagesSet></DescribeImagesResponse>";
    private const string Groups = "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
    private const string Parameter = """{"Parameter": {"Name": "a", "Value": "b"}}""";

    private static readonly TestCaseData[] s_strange =
    [
        new(200, ""),
        new(200, Html),
        new(200, "<html><body/></html>"),
        new(200, "\0\u0001\u0002 nothing that anybody can read"),
        new(200, Ec2[..60]),
        new(200, Groups[..^4]),
        new(200, Parameter[..^4]),
        new(200, "[]"),
        new(200, "null"),
        new(302, ""),
        new(403, Html),
        new(407, "proxy authentication required"),
    ];

    [TestCaseSource(nameof(s_strange))]
    public async Task Reply_ThatIsNoService_EndsWithThreeAndItsCause(int status, string body)
    {
        using var wire = new Canned((HttpStatusCode)status, body);
        using var clients = Through(wire);
        foreach (var call in new Func<Pacer, Task>[]
        {
            pacer => pacer.SendAsync(clients.EC2.DescribeImagesAsync, new DescribeImagesRequest(), default),
            pacer => pacer.SendAsync(clients.EC2.RunInstancesAsync, new RunInstancesRequest(), default),
            pacer => pacer.SendAsync(clients.AutoScaling.DescribeAutoScalingGroupsAsync, new DescribeAutoScalingGroupsRequest(), default),
            pacer => pacer.SendAsync(clients.SSM.GetParameterAsync, new GetParameterRequest { Name = "a" }, default),
            pacer => pacer.SendAsync(clients.SSM.SendCommandAsync, new SendCommandRequest { DocumentName = "AWS-RunShellScript" }, default),
        })
        {
            var error = await Assert.ThrowsAsync<BakerException>(() => call(new Pacer(new Waiting.ManualTime())));

            Assert.That(error!.Code, Is.EqualTo(ExitCode.CloudFailed));
            Assert.That(error.Message, Does.StartWith("The cloud's answer cannot be read"));
        }

        Assert.That(wire.Requests, Is.EqualTo(5 * 5), "each was tried anew");
    }

    [TestCase(500)]
    [TestCase(502)]
    [TestCase(503)]
    public async Task Reply_ServerErrorOfAProxy_EndsWithThree(int status)
    {
        using var clients = Through(new Canned((HttpStatusCode)status, Html));

        var failures = new[]
        {
            await Assert.CatchAsync(() => new Pacer(new Waiting.ManualTime()).SendAsync(clients.EC2.DescribeImagesAsync, new DescribeImagesRequest(), default)),
            await Assert.CatchAsync(() => new Pacer(new Waiting.ManualTime()).SendAsync(clients.SSM.GetParameterAsync, new GetParameterRequest { Name = "a" }, default)),
            await Assert.CatchAsync(() => new Pacer(new Waiting.ManualTime()).SendAsync(clients.AutoScaling.DescribeAutoScalingGroupsAsync, new DescribeAutoScalingGroupsRequest(), default)),
        };

        Assert.That(failures.Select(failure => CloudFailure.Explain(failure!)?.Code), Is.All.EqualTo(ExitCode.CloudFailed), string.Join('\n', failures.Select(failure => failure!.ToString())));
    }

    [Test]
    public async Task Reply_OfTheService_IsRead()
    {
        using var ec2 = Through(new Canned(HttpStatusCode.OK, Ec2));
        using var scaling = Through(new Canned(HttpStatusCode.OK, Groups));
        using var ssm = Through(new Canned(HttpStatusCode.OK, Parameter));
        using var s3 = Through(new Canned(HttpStatusCode.OK, "<html>stored"));

        var image = (await ec2.EC2.DescribeImagesAsync(new DescribeImagesRequest())).Images.Single().ImageId;
        var groups = await scaling.AutoScaling.DescribeAutoScalingGroupsAsync(new DescribeAutoScalingGroupsRequest());
        var value = (await ssm.SSM.GetParameterAsync(new GetParameterRequest { Name = "a" })).Parameter.Value;
        using var stored = await s3.S3.GetObjectAsync(new GetObjectRequest { BucketName = "bucket", Key = "k" });
        using var text = new StreamReader(stored.ResponseStream);

        Assert.That((image, groups.AutoScalingGroups?.Count ?? 0, value, await text.ReadToEndAsync()), Is.EqualTo(("ami-1", 0, "b", "<html>stored")));
    }

    [Test]
    public async Task Reply_Refusal_IsARefusal()
    {
        using var clients = Through(new Canned(HttpStatusCode.BadRequest, "<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code><Message>no</Message></Error></Errors></Response>"));

        var error = await Assert.ThrowsAsync<Amazon.EC2.AmazonEC2Exception>(() => new Pacer(TimeProvider.System).SendAsync(clients.EC2.DescribeImagesAsync, new DescribeImagesRequest(), default));

        Assert.That(error!.ErrorCode, Is.EqualTo("InvalidAMIID.NotFound"));
    }

    private static CloudClients Through(HttpMessageHandler wire) =>
        new(new CloudConnection { Name = "local", Credentials = new BasicAWSCredentials("a", "b"), ServiceUrl = new Uri("http://local.invalid/"), Handler = wire }, "us-east-1");

    private sealed class Canned(HttpStatusCode status, string body) : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(new HttpResponseMessage(status) { RequestMessage = request, Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) });
        }
    }
}
