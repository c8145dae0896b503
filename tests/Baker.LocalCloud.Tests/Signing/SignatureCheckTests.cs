using System.Text;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Signing;

namespace Baker.LocalCloud.Tests.Signing;

/// <summary>The examples of AWS's documentation, to the letter and changed (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).</summary>
internal sealed class SignatureCheckTests
{
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

    private static readonly AccessKey s_key = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    private static readonly DateTimeOffset s_then = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    private static readonly CloudRequest s_get = Request(
        "GET",
        "/test.txt",
        "",
        ("Authorization", $"AWS4-HMAC-SHA256 Credential={Scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("Range", "bytes=0-9"),
        ("x-amz-content-sha256", Empty),
        ("x-amz-date", "20130524T000000Z"));

    private static readonly CloudRequest s_presigned = Request(
        "GET",
        "/test.txt",
        $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString(Scope)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");

    [Test]
    public void Request_OfTheDocumentation_IsTaken() => Assert.That(Check(s_get), Is.Null);

    [Test]
    public void Request_WithAQuery_IsTaken() => Assert.That(
        Check(Request(
            "GET",
            "/",
            "prefix=J&max-keys=2",
            ("Authorization", $"AWS4-HMAC-SHA256 Credential={Scope},SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            ("x-amz-content-sha256", Empty),
            ("x-amz-date", "20130524T000000Z"))),
        Is.Null);

    [TestCase("method", "SignatureDoesNotMatch")]
    [TestCase("path", "SignatureDoesNotMatch")]
    [TestCase("query", "SignatureDoesNotMatch")]
    [TestCase("host", "SignatureDoesNotMatch")]
    [TestCase("range", "SignatureDoesNotMatch")]
    [TestCase("date", "SignatureDoesNotMatch")]
    [TestCase("hash", "SignatureDoesNotMatch")]
    [TestCase("body", "XAmzContentSHA256Mismatch")]
    [TestCase("copy", "AccessDenied")]
    public void Request_ChangedAfterItWasSigned_IsRefused(string what, string code)
    {
        var changed = what switch
        {
            "method" => s_get with { Method = "DELETE" },
            "path" => s_get with { Path = "/test.txt2" },
            "query" => s_get with { Query = "acl" },
            "host" => With(s_get, "Host", "localhost"),
            "range" => With(s_get, "Range", "bytes=0-99"),
            "date" => With(s_get, "x-amz-date", "20130524T000001Z"),
            "hash" => With(s_get, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            "body" => s_get with { Body = "x"u8.ToArray() },
            _ => With(s_get, "x-amz-copy-source", "/other/secret"),
        };

        Assert.That(Check(changed)?.Code, Is.EqualTo(code));
    }

    [TestCase(-14.9, null)]
    [TestCase(14.9, null)]
    [TestCase(-15.1, "RequestTimeTooSkewed")]
    [TestCase(15.1, "RequestTimeTooSkewed")]
    public void Request_SignedAtAnotherTime_IsTakenForAQuarterOfAnHour(double minutes, string? code) =>
        Assert.That(Check(s_get, s_then.AddMinutes(minutes))?.Code, Is.EqualTo(code));

    [TestCase(0, null, null)]
    [TestCase(86400, null, null)]
    [TestCase(86401, "AccessDenied", "Request has expired")]
    [TestCase(-1000, "RequestTimeTooSkewed", null)]
    public void PresignedAddress_IsGoodAsLongAsItSays(int seconds, string? code, string? message)
    {
        var denial = Check(s_presigned, s_then.AddSeconds(seconds));
        Assert.That(denial?.Code, Is.EqualTo(code));
        Assert.That(denial?.Message, message is null ? Is.Not.EqualTo("") : Is.EqualTo(message));
    }

    [TestCase("X-Amz-Expires=86400", "X-Amz-Expires=604800")]
    [TestCase("X-Amz-Expires=86400", "X-Amz-Expires=86400&versionId=1")]
    [TestCase("20130524T000000Z", "20130524T000001Z")]
    [TestCase("f604d404", "f604d405")]
    public void PresignedAddress_Changed_IsRefused(string from, string to) =>
        Assert.That(Check(s_presigned with { Query = s_presigned.Query.Replace(from, to, StringComparison.Ordinal) })?.Code, Is.EqualTo("SignatureDoesNotMatch"));

    [TestCase("PUT", "SignatureDoesNotMatch")]
    [TestCase("HEAD", "SignatureDoesNotMatch")]
    public void PresignedAddress_UsedOtherwise_IsRefused(string method, string code) =>
        Assert.That(Check(s_presigned with { Method = method })?.Code, Is.EqualTo(code));

    [TestCase("X-Amz-Expires=86400", "X-Amz-Expires=604801")]
    [TestCase("X-Amz-Expires=86400", "X-Amz-Expires=-1")]
    [TestCase("X-Amz-Expires=86400", "")]
    [TestCase("X-Amz-SignedHeaders=host", "")]
    [TestCase("aws4_request", "aws5_request")]
    [TestCase("20130524%2F", "20130523%2F")]
    [TestCase("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5")]
    public void PresignedAddress_WithoutWhatItNeeds_IsMalformed(string from, string to) =>
        Assert.That(Check(s_presigned with { Query = s_presigned.Query.Replace(from, to, StringComparison.Ordinal) })?.Code, Is.EqualTo("AuthorizationHeaderMalformed"));

    [Test]
    public void Body_InSignedChunks_IsTaken_AndWithOneByteChanged_IsNot()
    {
        var body = new string('a', 65536) + "\r\n" + "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + new string('a', 1024) + "\r\n"
            + "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
        var request = Request(
            "PUT",
            "/examplebucket/chunkObject.txt",
            "",
            ("Authorization", $"AWS4-HMAC-SHA256 Credential={Scope},SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"),
            ("Content-Encoding", "aws-chunked"),
            ("Content-Length", "66824"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-decoded-content-length", "66560"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY")) with
        {
            Body = Encoding.ASCII.GetBytes("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + body),
        };
        request = With(request, "Host", "s3.amazonaws.com");
        Assert.That(Check(request), Is.Null);

        foreach (var at in new[] { 30, 5000, 66000, request.Body.Length - 10 })
        {
            var changed = request.Body.ToArray();
            changed[at] ^= 1;
            Assert.That(Check(request with { Body = changed })?.Code, Is.EqualTo("SignatureDoesNotMatch"), $"byte {at}");
        }

        Assert.That(Check(request with { Body = request.Body[..60_000] })?.Code, Is.EqualTo("SignatureDoesNotMatch"), "cut off");
    }

    [Test]
    public void TemporaryKey_IsGoodUntilItEnds_AndForItselfAlone()
    {
        var key = AccessKey.New();
        var temporary = TemporaryKey.Make(key, s_then.AddHours(1), "222222222222", "role/session");
        var another = TemporaryKey.Make(key, s_then.AddHours(1), "222222222222", "role/session");

        Assert.That(TemporaryKey.Read(key, temporary.Id, temporary.Token), Is.EqualTo(temporary));
        Assert.That(TemporaryKey.Read(key, another.Id, temporary.Token), Is.Null);
        Assert.That(TemporaryKey.Read(AccessKey.New(), temporary.Id, temporary.Token), Is.Null);
        Assert.That(TemporaryKey.Read(key, temporary.Id, "AAAA" + temporary.Token[4..]), Is.Null);
        Assert.That(TemporaryKey.Read(key, temporary.Id, "?"), Is.Null);
        Assert.That(temporary.Secret, Is.Not.EqualTo(another.Secret));
    }

    private static CloudException? Check(CloudRequest request, DateTimeOffset? now = null)
    {
        var check = new SignatureCheck(s_key, new FixedTime(now ?? s_then));
        return check.OfHead(request) ?? check.OfWhole(request);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private static CloudRequest Request(string method, string path, string query, params (string Name, string Value)[] headers) => new(
        method,
        path,
        query,
        headers.Append((Name: "Host", Value: "examplebucket.s3.amazonaws.com")).ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase),
        []);

    private static CloudRequest With(CloudRequest request, string name, string value) =>
        request with { Headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase) { [name] = value } };
}
