using System.Net;

namespace Baker.LocalCloud.Tests.Objects;

/// <summary>Conditions of requests to S3: If-Match and its kin.</summary>
internal sealed class ConditionTests
{
    private const string Tag = "\"4b3a6218bb3e3a7303e8a171a60fcf92\"";
    private static readonly Uri s_bucket = new("http://s3/bucket");
    private static readonly Uri s_object = new("http://s3/bucket/x");

    [TestCase("GET", "If-None-Match", Tag, 304)]
    [TestCase("HEAD", "If-None-Match", "\"other\", " + Tag, 304)]
    [TestCase("GET", "If-None-Match", "*", 304)]
    [TestCase("GET", "If-None-Match", "\"other\"", 200)]
    [TestCase("GET", "If-Match", Tag, 200)]
    [TestCase("GET", "If-Match", "\"other\"", 412)]
    [TestCase("HEAD", "If-Match", "\"other\"", 412)]
    [TestCase("GET", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304)]
    [TestCase("GET", "If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 200)]
    [TestCase("GET", "If-Unmodified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 200)]
    [TestCase("GET", "If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 412)]
    [TestCase("PUT", "If-None-Match", "*", 412)]
    [TestCase("PUT", "If-None-Match", Tag, 501)]
    [TestCase("PUT", "If-Match", Tag, 200)]
    [TestCase("PUT", "If-Match", "\"other\"", 412)]
    public async Task Object_UnderACondition_IsAsS3Judges(string method, string header, string value, int expected)
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        await SendAsync(client, HttpMethod.Put, s_bucket);
        await SendAsync(client, HttpMethod.Put, s_object);

        using var answer = await SendAsync(client, new HttpMethod(method), s_object, (header, value));

        Assert.That((int)answer.StatusCode, Is.EqualTo(expected));
        Assert.That(answer.Headers.ETag?.Tag, expected is 200 or 304 ? Is.EqualTo(Tag) : Is.Null);
    }

    [TestCase("If-None-Match", "*", 200)]
    [TestCase("If-Match", Tag, 404)]
    public async Task Object_ThatIsNotThere_IsWrittenAsS3Judges(string header, string value, int expected)
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        await SendAsync(client, HttpMethod.Put, s_bucket);

        using var put = await SendAsync(client, HttpMethod.Put, s_object, (header, value));

        Assert.That((int)put.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Copy_OverAnObjectThatMustNotBeThere_IsRefused()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        await SendAsync(client, HttpMethod.Put, s_bucket);
        await SendAsync(client, HttpMethod.Put, s_object);

        using var copy = await SendAsync(client, HttpMethod.Put, s_object, ("x-amz-copy-source", "/bucket/x"), ("If-None-Match", "*"));

        Assert.That(copy.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
    }

    [TestCase("POST", "uploads")]
    [TestCase("PUT", "partNumber=1&uploadId=x")]
    public async Task Upload_InParts_IsRefusedInWords(string method, string query)
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        await SendAsync(client, HttpMethod.Put, s_bucket);

        using var answer = await SendAsync(client, new HttpMethod(method), new Uri($"{s_object}?{query}"));

        Assert.That((int)answer.StatusCode, Is.EqualTo(501));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("NotImplemented").And.Contain("no multipart uploads"));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, Uri address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address) { Content = method == HttpMethod.Put ? new StringContent("bytes") : null };
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }
}
