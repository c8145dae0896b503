using System.Net;
using System.Text;
using System.Xml.Linq;

namespace Baker.LocalCloud.Tests.Objects;

/// <summary>Checksums of objects, with the check values that their definitions give for the digits 1 to 9.</summary>
internal sealed class ChecksumTests
{
    private const string Digits = "123456789";
    private const string Trailer = "x-amz-trailer";

    private static readonly (string Name, string Value) s_chunked = ("Content-Encoding", "aws-chunked");

    private static readonly string[][] s_right =
    [
        ["x-amz-checksum-crc32", "y/Q5Jg=="],
        ["x-amz-checksum-crc32c", "4waSgw=="],
        ["x-amz-checksum-crc64nvme", "rosUhgp5mIg="],
        ["x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="],
        ["x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
    ];

    [TestCaseSource(nameof(s_right))]
    public async Task Object_WithItsChecksum_IsKeptAndShowsIt(string header, string value)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var put = await SendAsync(cloud, HttpMethod.Put, Digits, (header, value));
        var got = await SendAsync(cloud, HttpMethod.Get, null, ("x-amz-checksum-mode", "ENABLED"));

        Assert.That(
            (put.StatusCode, Header(put, header), Header(got, header), Header(got, "x-amz-checksum-type")),
            Is.EqualTo((HttpStatusCode.OK, value, value, "FULL_OBJECT")));
    }

    [TestCaseSource(nameof(s_right))]
    public async Task Object_WithItsChecksumBehindIt_IsKept(string header, string value)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var put = await SendAsync(cloud, HttpMethod.Put, Chunked(Digits, header, value), s_chunked, (Trailer, header));
        var got = await SendAsync(cloud, HttpMethod.Get, null);

        Assert.That(
            (put.StatusCode, Header(put, header), await got.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.OK, value, Digits)));
    }

    [TestCaseSource(nameof(s_right))]
    public async Task Object_WithAnothersChecksum_IsABadDigest(string header, string value)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var inHeader = await CodeAsync(await SendAsync(cloud, HttpMethod.Put, "987654321", (header, value)));
        var behind = await CodeAsync(await SendAsync(
            cloud, HttpMethod.Put, Chunked("987654321", header, value), s_chunked, (Trailer, header)));

        Assert.That((inHeader, behind), Is.EqualTo(("BadDigest", "BadDigest")));
        Assert.That((await SendAsync(cloud, HttpMethod.Get, null)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("x-amz-checksum-crc32", "rosUhgp5mIg=", "InvalidRequest")] // the length of another
    [TestCase("x-amz-checksum-sha256", "not base64", "InvalidRequest")]
    [TestCase("x-amz-checksum-sha1", "", "InvalidRequest")]
    [TestCase("Content-MD5", "y/Q5Jg==", "InvalidDigest")]
    [TestCase("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest")]
    [TestCase("Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw==", null)]
    [TestCase(Trailer, "x-amz-checksum-crc32", "MalformedTrailerError")] // which does not follow
    [TestCase("x-amz-checksum-crc32", "y/Q5Jg==", "InvalidRequest", "x-amz-checksum-crc32c", "4waSgw==")]
    public async Task Object_WithSuchAHeader_IsAnsweredAsByS3(
        string header, string value, string? code, string otherHeader = "x-none", string otherValue = "")
    {
        await using var cloud = await TestCloud.OpenAsync();

        var put = await SendAsync(cloud, HttpMethod.Put, Digits, (header, value), (otherHeader, otherValue));

        Assert.That(await CodeAsync(put), Is.EqualTo(code));
    }

    [Test]
    public async Task Object_WithoutAChecksum_GetsCrc64()
    {
        await using var cloud = await TestCloud.OpenAsync();

        Assert.That(Header(await SendAsync(cloud, HttpMethod.Put, Digits), "x-amz-checksum-crc64nvme"), Is.EqualTo("rosUhgp5mIg="));
    }

    private static string Chunked(string body, string header, string value) =>
        $"{body.Length:x}\r\n{body}\r\n0\r\n{header}:{value}\r\n\r\n";

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        response.IsSuccessStatusCode ? null : XDocument.Parse(await response.Content.ReadAsStringAsync()).Root!.Element("Code")!.Value;

    private static async Task<HttpResponseMessage> SendAsync(
        TestCloud cloud, HttpMethod method, string? body, params (string Name, string Value)[] headers)
    {
        using var http = new HttpMessageInvoker(cloud.Cloud.CreateHandler());
        using var bucket = Request(HttpMethod.Put, "http://local.invalid/sums", null);
        (await http.SendAsync(bucket, CancellationToken.None)).Dispose();
        var request = Request(method, "http://local.invalid/sums/digits", body);
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await http.SendAsync(request, CancellationToken.None);
    }

    private static HttpRequestMessage Request(HttpMethod method, string address, string? body)
    {
        const string Signature = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        var content = body is null ? null : new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        var request = new HttpRequestMessage(method, address) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", Signature);
        return request;
    }
}
