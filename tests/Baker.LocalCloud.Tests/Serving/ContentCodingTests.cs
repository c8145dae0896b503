using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.Tests.Serving;

public sealed class ContentCodingTests
{
    private const string Identity = "Action=GetCallerIdentity&Version=2011-06-15";

    [TestCase("sts", Identity, "GetCallerIdentityResult")]
    [TestCase("ec2", "Action=DescribeRegions&Version=2016-11-15", "us-east-1")]
    [TestCase("monitoring", "Action=ListMetrics&Version=2010-08-01", "ListMetricsResult")]
    [TestCase("autoscaling", "Action=DescribeAutoScalingGroups&Version=2011-01-01", "DescribeAutoScalingGroupsResult")]
    public async Task Request_Packed_IsAnswered(string service, string request, string expected)
    {
        var (status, text) = await AskAsync(service, "gzip", Pack(request));

        Assert.That(((int)status, text), Is.EqualTo((200, text)));
        Assert.That(text, Does.Contain(expected));
    }

    [TestCase("br", 415, "The content encoding 'br' is not supported")]
    [TestCase("gzip, gzip", 415, "The content encoding 'gzip, gzip' is not supported")]
    [TestCase("gzip", 400, "not packed with gzip")]
    public async Task Request_NotPackedAsItShould_IsRefused(string coding, int expected, string message)
    {
        var (status, text) = await AskAsync("ec2", coding, Encoding.UTF8.GetBytes(Identity));

        Assert.That((int)status, Is.EqualTo(expected));
        Assert.That(text, Does.Contain(message).And.Contain("<Errors>"), "in the words of EC2's protocol");
    }

    [Test]
    public void Request_BrokenOff_IsRefused() =>
        Assert.That(() => ContentCoding.Undo(Request(Pack(Identity)[..^12]), 1000), Throws.TypeOf<CloudException>().With.Property("Code").EqualTo("SerializationException"));

    [Test]
    public void Request_LargerThanItMayBe_IsRefused()
    {
        var packed = Request(Pack(new string('x', 1000)));

        Assert.That(ContentCoding.Undo(packed, 1000).Body, Has.Length.EqualTo(1000));
        Assert.That(() => ContentCoding.Undo(packed, 999), Throws.TypeOf<CloudException>().With.Property("Status").EqualTo(413));
    }

    private static CloudRequest Request(byte[] body) => new("POST", "/", "", new Dictionary<string, string> { ["Content-Encoding"] = "gzip" }, body);

    private static byte[] Pack(string text)
    {
        var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionMode.Compress))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(string service, string coding, byte[] body)
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://local.invalid/") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
