using System.Net.Http.Headers;
using System.Text;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Tests.Serving;

/// <summary>Requests that no AWS client writes: each is refused with the service's own error, none is a failure of the cloud.</summary>
public sealed class MalformedRequestTests
{
    private const string Cli = "GraniteServiceVersion20100801.";

    [TestCase("ec2", "Action=DescribeInstances&Version=2016-11-15&MaxResults=0", "InvalidParameterValue")]
    [TestCase("ec2", "Action=DescribeVolumes&Version=2016-11-15&MaxResults=-1", "InvalidParameterValue")]
    [TestCase("autoscaling", "Action=DescribeAutoScalingGroups&Version=2011-01-01&MaxRecords=0", "ValidationError")]
    [TestCase("monitoring", "Action=DescribeAlarms&Version=2010-08-01&MaxRecords=-5", "ValidationError")]
    [TestCase("elasticloadbalancing", "Action=DescribeLoadBalancers&Version=2015-12-01&PageSize=0", "ValidationError")]
    [TestCase("ec2", "Action=DeleteTags&Version=2016-11-15&ResourceId.1=RESOURCE&Tag.1.Value=x", "MissingParameter")]
    [TestCase("ec2", "Action=DeleteLaunchTemplateVersions&Version=2016-11-15&LaunchTemplateName=web&LaunchTemplateVersion.1=abc", "InvalidParameterValue")]
    [TestCase("ec2", "Action=DescribeSpotPriceHistory&A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A=1", "InvalidAction")]
    [TestCase("ec2", "Action=DescribeVolumes&A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A=1", "UnknownParameter")]
    [TestCase("monitoring", "Action=PutMetricData&Namespace=web&MetricData.member.1.MetricName=m&MetricData.member.1.Timestamp=1e308&MetricData.member.1.Value=1", "MalformedInput")]
    [TestCase("monitoring", "Action=PutMetricData&Namespace=web&MetricData.member.1.Value=1", "MissingParameter")]
    [TestCase("autoscaling", "Action=DescribeAutoScalingGroups&Version=2011-01-01&Filters.member.1.Name=tag-key", "DescribeAutoScalingGroupsResult")]
    public async Task QueryRequest_IsAnsweredInOrder(string service, string request, string expected)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var template = new Amazon.EC2.Model.CreateLaunchTemplateRequest { LaunchTemplateName = "web", LaunchTemplateData = new() { ImageId = TestCloud.BaseImageId } };
        var id = (await cloud.EC2.CreateLaunchTemplateAsync(template)).LaunchTemplate.LaunchTemplateId;
        if (request.Contains("RESOURCE", StringComparison.Ordinal))
        {
            id = (await cloud.EC2.CreateVolumeAsync(new() { AvailabilityZone = "us-east-1a", Size = 1 })).Volume.VolumeId;
        }

        var (status, text) = await AskAsync(cloud, service, null, request.Replace("RESOURCE", id, StringComparison.Ordinal));

        Assert.That(text, Does.Contain(expected));
        Assert.That(status, Is.LessThan(500), text);
    }

    [TestCase("ssm", "AmazonSSM.GetParameter", """{"Name":null}""", "ValidationException")]
    [TestCase("ssm", "AmazonSSM.DescribeParameters", """{"MaxResults":0}""", "ValidationException")]
    [TestCase("ssm", "AmazonSSM.SendCommand", """{"DocumentName":"AWS-RunShellScript","InstanceIds":["i-1"],"Parameters":{"commands":null}}""", "SerializationException")]
    [TestCase("ssm", "AmazonSSM.SendCommand", """{"DocumentName":"AWS-RunShellScript","Targets":[{"Values":["a"]}],"Parameters":{"commands":["a"]}}""", "InvalidTarget")]
    [TestCase("ssm", "AmazonSSM.SendCommand", """{"DocumentName":"AWS-RunShellScript","Targets":[{"Key":"tag:a","Values":["a"]}],"MaxErrors":"5%%","Parameters":{"commands":["a"]}}""", "ValidationException")]
    [TestCase("ssm", "AmazonSSM.DescribeInstanceInformation", """{"Filters":[{"Values":["a"]}]}""", "ValidationException")]
    [TestCase("ssm", "AmazonSSM.DescribeInstanceInformation", """{"InstanceInformationFilterList":[{"valueSet":["a"]}]}""", "ValidationException")]
    [TestCase("ssm", "AmazonSSM.PutParameter", """{"Name":"a","Value":"b","Type":"String","Tags":[{"Value":"x"}]}""", "ValidationException")]
    [TestCase("monitoring", Cli + "PutMetricData", """{"Namespace":"web","MetricData":[null]}""", "SerializationException")]
    [TestCase("monitoring", Cli + "PutMetricData", """{"Namespace":"web","MetricData":[{"MetricName":"m","Value":1,"Timestamp":1e308}]}""", "SerializationException")]
    [TestCase("monitoring", Cli + "PutMetricAlarm", """{"AlarmName":"a","MetricName":"m","EvaluationCriteria":{}}""", "ValidationError")]
    [TestCase("monitoring", Cli + "PutMetricAlarm", """{"AlarmName":"a","MetricName":"m","EvaluationCriteria":{"PromQLCriteria":{}}}""", "ValidationError")]
    public async Task JsonRequest_IsRefusedInOrder(string service, string target, string request, string expected)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var (status, text) = await AskAsync(cloud, service, target, request);

        Assert.That((status, text), Is.EqualTo((400, text)));
        Assert.That(text, Does.Contain(expected));
    }

    [TestCase("Action=DescribeInstances&Version=2016-11-15", "<Response><Errors><Error><Code>MissingAuthenticationToken")]
    [TestCase("Action=DescribeAutoScalingGroups&Version=2011-01-01", "<ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"")]
    [TestCase("Action=DescribeLoadBalancers&Version=2015-12-01", "<ErrorResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"")]
    [TestCase("Action=Unheard", "<ErrorResponse><Error>")]
    [TestCase("", "<Error>")]
    public async Task Request_WithoutASignature_IsRefusedInItsServicesShape(string request, string expected)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var (status, text) = await AskAsync(cloud, null, null, request);

        Assert.That(status, Is.EqualTo(403));
        Assert.That(text.Replace("\n", "", StringComparison.Ordinal).Replace("  ", "", StringComparison.Ordinal), Does.Contain(expected));
    }

    [TestCase(null, "Action=ListFunctions&Version=2020-01-01", "<ErrorResponse><Error>")]
    [TestCase("Lambda.ListFunctions", "{}", "{\"__type\":\"InvalidAction\"")]
    public async Task Request_OfAnUnknownService_IsRefusedInItsProtocol(string? target, string request, string expected)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var (status, text) = await AskAsync(cloud, "lambda", target, request);

        Assert.That(status, Is.EqualTo(400));
        Assert.That(text.Replace("\n", "", StringComparison.Ordinal).Replace("  ", "", StringComparison.Ordinal), Does.Contain(expected));
    }

    /// <summary>Decoding a million parameters takes seconds, in which others have to wait.</summary>
    [Test]
    public async Task Request_OfTooManyValues_IsRefusedInEveryProtocol()
    {
        const int many = 20_001;
        await using var cloud = await TestCloud.OpenAsync();
        foreach (var (service, target, body) in new[]
        {
            ("ec2", null, "Action=DescribeInstances&Version=2016-11-15&" + string.Join('&', Enumerable.Range(1, many).Select(i => $"InstanceId.{i}=i-{i}"))),
            ("autoscaling", null, "Action=DescribeAutoScalingGroups&Version=2011-01-01" + string.Concat(Enumerable.Repeat("&a=b", many))),
            ("ssm", "AmazonSSM.GetParameters", $$"""{"Names":[{{string.Join(',', Enumerable.Repeat("0", many))}}]}"""),
        })
        {
            var (status, text) = await AskAsync(cloud, service, target, body);
            Assert.That(text, Does.Contain("RequestEntityTooLarge").And.Contain("more than 20000 values"));
            Assert.That(status, Is.EqualTo(400));
        }

        var last = await AskAsync(cloud, "ec2", null, string.Concat(Enumerable.Repeat("a=b&", many)) + "Action=DescribeInstances");
        Assert.That(last.Text, Does.Contain("InvalidAction"), "what names the action is looked for no further");
        var large = await AskAsync(cloud, "ec2", null, "Action=DescribeInstances&Version=2016-11-15&NextToken=" + new string('x', 1024 * 1024));
        Assert.That((large.Status, large.Text), Is.EqualTo((413, large.Text)));
        Assert.That(large.Text, Does.Contain("RequestEntityTooLarge"));
    }

    [Test]
    public void Cbor_OfTooManyValues_IsRefused()
    {
        byte[] body = [0xa1, 0x6a, .. "AlarmNames"u8, 0x9f, .. Enumerable.Repeat((byte)0x60, 20_001), 0xff];
        var call = WireCall.Identify("monitoring", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", null, body)!;
        Assert.That(() => call.Codec.Decode(call.Action, body), Throws.TypeOf<WireException>().With.Property("Code").EqualTo("RequestEntityTooLarge"));
    }

    [Test]
    public async Task Ids_ThatAreManyAndUnknown_AreNotAllNamed()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var ids = string.Join('&', Enumerable.Range(1, 5000).Select(i => $"InstanceId.{i}=i-{i:x17}"));

        var (_, text) = await AskAsync(cloud, "ec2", null, $"Action=TerminateInstances&Version=2016-11-15&{ids}");

        Assert.That(text, Does.Contain("InvalidInstanceID.NotFound").And.Contain("and 4990 more"));
        Assert.That(text, Has.Length.LessThan(2000));
    }

    private static async Task<(int Status, string Text)> AskAsync(TestCloud cloud, string? service, string? target, string body)
    {
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://local.invalid/") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(target is null ? "application/x-www-form-urlencoded" : "application/x-amz-json-1.1");
        if (service is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
        }

        if (target is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Amz-Target", target);
        }

        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
