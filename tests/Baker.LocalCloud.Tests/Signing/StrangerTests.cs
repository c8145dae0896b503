using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Baker.LocalCloud.Signing;
using Baker.LocalCloud.Tests.Interop;

namespace Baker.LocalCloud.Tests.Signing;

/// <summary>Who does not have the cloud's key gets nothing from its port, in the words of each service; who has it gets all.</summary>
internal sealed class StrangerTests
{
    private const string Query = "application/x-www-form-urlencoded";

    private static readonly object[] s_calls =
    [
        new object[] { "ec2", "/", null!, "Action=CreateSecurityGroup&Version=2016-11-15&GroupName=a&GroupDescription=b", "403 MissingAuthenticationToken", "401 AuthFailure", "401 AuthFailure" },
        new object[] { "autoscaling", "/", null!, "Action=DescribeAutoScalingGroups&Version=2011-01-01", "403 MissingAuthenticationToken", "403 InvalidClientTokenId", "403 SignatureDoesNotMatch" },
        new object[] { "elasticloadbalancing", "/", null!, "Action=DescribeLoadBalancers&Version=2015-12-01", "403 MissingAuthenticationToken", "403 InvalidClientTokenId", "403 SignatureDoesNotMatch" },
        new object[] { "monitoring", "/", null!, "Action=DescribeAlarms&Version=2010-08-01", "403 MissingAuthenticationToken", "403 InvalidClientTokenId", "403 SignatureDoesNotMatch" },
        new object[] { "sts", "/", null!, "Action=GetSessionToken&Version=2011-06-15", "403 MissingAuthenticationToken", "403 InvalidClientTokenId", "403 SignatureDoesNotMatch" },
        new object[] { "iam", "/", null!, "Action=GetUser&Version=2010-05-08", "403 MissingAuthenticationToken", "403 InvalidClientTokenId", "403 SignatureDoesNotMatch" },
        new object[] { "ssm", "/", "AmazonSSM.GetParameter", "{\"Name\":\"/a\"}", "400 MissingAuthenticationTokenException", "400 UnrecognizedClientException", "400 InvalidSignatureException" },
        new object[] { "monitoring", "/", "GraniteServiceVersion20100801.DescribeAlarms", "{}", "400 MissingAuthenticationTokenException", "400 UnrecognizedClientException", "400 InvalidSignatureException" },
        new object[] { "monitoring", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", null!, "\u00a0", "400 MissingAuthenticationTokenException", "400 UnrecognizedClientException", "400 InvalidSignatureException" },
        new object[] { "s3", "/bucket/key", null!, "x", "403 AccessDenied", "403 InvalidAccessKeyId", "403 SignatureDoesNotMatch" },
    ];

    [TestCaseSource(nameof(s_calls))]
    public async Task Call_OfWhoHasNotTheKey_IsRefusedInTheWordsOfItsService(string service, string path, string? target, string body, string unsigned, string stranger, string wrong)
    {
        await using var cloud = await TestCloud.OpenAsync();

        Assert.That(await AskAsync(cloud, null, service, path, target, body), Is.EqualTo(unsigned));
        Assert.That(await AskAsync(cloud, AccessKey.New(), service, path, target, body), Is.EqualTo(stranger));
        Assert.That(await AskAsync(cloud, new AccessKey(cloud.Cloud.Key.Id, "secret"), service, path, target, body), Is.EqualTo(wrong));
        Assert.That(cloud.Cloud.Status().Calls, Is.Empty, "nothing of it was carried out");
    }

    [TestCase("GET", "/_baker/status")]
    [TestCase("GET", "/_baker/ssh/i-1")]
    [TestCase("PUT", "/_baker/faults")]
    [TestCase("PUT", "/_baker/resources")]
    [TestCase("DELETE", "/_baker/calls")]
    [TestCase("POST", "/_baker/proof/x")]
    public async Task OwnAddress_WithoutTheKey_IsRefused(string method, string path)
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(cloud.Cloud.Listen(), path));

        using var answer = await client.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain(cloud.Folder.Path));
    }

    [Test]
    public async Task OwnAddress_WithTheKey_Answers()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(new SigningHandler(cloud.Cloud.Key, TimeProvider.System, new SocketsHttpHandler()));

        Assert.That(await client.GetStringAsync(new Uri(cloud.Cloud.Listen(), "/_baker/status")), Does.Contain(cloud.Folder.Path));
        using var faults = await client.PutAsync(new Uri(cloud.Cloud.Listen(), "/_baker/faults"), new StringContent("throttle=60"));
        Assert.That(faults.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Body_OfAStranger_IsNotWaitedFor()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(cloud.Cloud.Listen(), "/bucket/key")) { Content = new EndlessContent() };
        request.Headers.ExpectContinue = true;

        using var answer = await client.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Instance_IsAStrangerToo()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        var key = Path.Combine(cloud.Cloud.Status().StateFolder, "key.json");

        var result = await cloud.RunAsync(id, $"curl -sS -o /dev/null -w '%{{http_code}}\n' {cloud.Cloud.Listen()}_baker/status; cat {key}; env | grep AKIA");

        Assert.That(key, Does.Exist);
        Assert.That(result.StandardOutputContent, Is.EqualTo("403\n"));
        Assert.That(result.StandardErrorContent, Does.Contain("No such file"));
    }

    [Test]
    public async Task Key_IsForItsOwnerAlone_AndStaysTheSame()
    {
        await using var folder = new TemporaryFolder();
        AccessKey key;
        await using (var cloud = await TestCloud.OpenAsync(folder: folder))
        {
            key = cloud.Cloud.Key;
        }

        var options = TestCloud.Options(folder, execute: false, faults: "", scale: 1);
        await LocalCloud.ResetAsync(options, CancellationToken.None);
        await using (var again = await TestCloud.OpenAsync(folder: folder))
        {
            Assert.That((again.Cloud.Key.Id, again.Cloud.Key.Secret), Is.EqualTo((key.Id, key.Secret)));
        }

        var file = Path.Combine(options.StateFolder, "key.json");
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }

        await File.WriteAllTextAsync(file, "{\"Id\":\"\",\"Secret\":\"\"}");
        await using var mended = await TestCloud.OpenAsync(folder: folder);
        Assert.That(mended.Cloud.Key.Secret, Has.Length.EqualTo(40).And.Not.EqualTo(key.Secret));
    }

    [Test]
    public async Task Sdk_PutsObjects_InSignedChunksOrWhole([Values] bool chunked)
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(cloud.Cloud.Key.Id, cloud.Cloud.Key.Secret),
            new AmazonS3Config { ServiceURL = cloud.Cloud.Listen().ToString(), AuthenticationRegion = "us-east-1", ForcePathStyle = true });
        await s3.PutBucketAsync("bucket");

        await s3.PutObjectAsync(new() { BucketName = "bucket", Key = "a b/\u00e4+~", ContentBody = "text", UseChunkEncoding = chunked });
        using var got = await s3.GetObjectAsync("bucket", "a b/\u00e4+~");
        using var reader = new StreamReader(got.ResponseStream);
        Assert.That(await reader.ReadToEndAsync(), Is.EqualTo("text"));
    }

    [Test]
    public async Task Keys_OfSts_AreTaken_WithTheirTokenOnly()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var sts = Sts(cloud, new BasicAWSCredentials(cloud.Cloud.Key.Id, cloud.Cloud.Key.Secret));
        var role = await sts.AssumeRoleAsync(new AssumeRoleRequest { RoleArn = "arn:aws:iam::000000000000:role/deploy", RoleSessionName = "me" });
        var session = await sts.GetSessionTokenAsync();
        Assert.That(role.AssumedRoleUser.Arn, Is.EqualTo("arn:aws:sts::000000000000:assumed-role/deploy/me"));

        foreach (var given in new[] { role.Credentials, session.Credentials })
        {
            using var temporary = Sts(cloud, new SessionAWSCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken));
            Assert.That((await temporary.GetCallerIdentityAsync(new())).Account, Is.EqualTo("000000000000"));
        }

        foreach (var stolen in new AWSCredentials[]
        {
            new BasicAWSCredentials(role.Credentials.AccessKeyId, role.Credentials.SecretAccessKey),
            new SessionAWSCredentials(role.Credentials.AccessKeyId, role.Credentials.SecretAccessKey, session.Credentials.SessionToken),
            new SessionAWSCredentials(cloud.Cloud.Key.Id, cloud.Cloud.Key.Secret, role.Credentials.SessionToken),
        })
        {
            using var client = Sts(cloud, stolen);
            var failure = await Assert.ThrowsAsync<AmazonSecurityTokenServiceException>(() => client.GetCallerIdentityAsync(new()));
            Assert.That(failure!.ErrorCode, Is.EqualTo("InvalidClientTokenId"));
        }
    }

    [Test]
    public async Task Boto3_SignsAndPresignsInEveryWay()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var (missing, _, _) = await Peer.TryAsync("python3", cloud, "-c", "import boto3");
        if (missing != 0)
        {
            Peers.Missing("boto3 is not installed");
        }

        Assert.That(await Peer.RunAsync("python3", cloud, "-c", Script), Does.EndWith("done\n"));
    }

    private const string Script =
        """
        import boto3, urllib.request, urllib.error
        from botocore.config import Config
        role = boto3.client("sts").assume_role(RoleArn="arn:aws:iam::000000000000:role/path/deploy", RoleSessionName="me")["Credentials"]
        taken = dict(aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"])
        boto3.client("s3").create_bucket(Bucket="boto")
        def fetch(url, method="GET", data=None):
            try:
                return urllib.request.urlopen(urllib.request.Request(url, method=method, data=data, headers={"Content-Type": ""}), timeout=60).read()
            except urllib.error.HTTPError as error:
                return error.code
        for keys in ({}, taken):
            for version in ("s3", "s3v4"):
                s3 = boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": "path"}), **keys)
                key = "a b/+~ä%25"
                if version == "s3v4":
                    s3.put_object(Bucket="boto", Key=key, Body=b"bytes")
                put = s3.generate_presigned_url("put_object", Params={"Bucket": "boto", "Key": key})
                assert fetch(put, "PUT", b"presigned") == b"", (version, keys)
                get = s3.generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": key, "ResponseContentType": "text/x"})
                assert fetch(get) == b"presigned", (version, keys, get)
                assert fetch(get, "DELETE") == 403
                assert fetch(get.replace("/a%20b/", "/a%20c/")) == 403, get
                assert fetch(s3.generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": key}, ExpiresIn=-1)) in (400, 403)
            for payload in (True, False):
                boto3.client("s3", config=Config(s3={"payload_signing_enabled": payload}), **keys).put_object(Bucket="boto", Key="k", Body=b"1", Metadata={"m": "a  b"})
            names = [b["Name"] for b in boto3.client("s3", **keys).list_buckets()["Buckets"]]
            assert names == ["boto"], names
            boto3.client("ssm", **keys).put_parameter(Name="/a", Value="ä", Type="String", Overwrite=True)
            boto3.client("ec2", **keys).describe_instances()
            boto3.client("cloudwatch", **keys).describe_alarms()
        print("done")
        """;

    private static AmazonSecurityTokenServiceClient Sts(TestCloud cloud, AWSCredentials credentials) =>
        new(credentials, new AmazonSecurityTokenServiceConfig { ServiceURL = cloud.Cloud.Listen().ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });

    /// <summary>The status and the error's code.</summary>
    private static async Task<string> AskAsync(TestCloud cloud, AccessKey? key, string service, string path, string? target, string body)
    {
        using var client = new HttpClient();
        var uri = new Uri(cloud.Cloud.Listen(), path);
        var bytes = Encoding.Latin1.GetBytes(body);
        using var request = new HttpRequestMessage(service == "s3" ? HttpMethod.Put : HttpMethod.Post, uri) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", Query);
        var headers = new Dictionary<string, string> { ["host"] = uri.Authority };
        if (target is not null)
        {
            headers["x-amz-target"] = target;
        }

        if (key is not null)
        {
            headers["x-amz-date"] = SigningKeys.Stamp(TimeProvider.System.GetUtcNow());
            headers["x-amz-content-sha256"] = SigningKeys.Hash(bytes);
            var signed = string.Join(';', headers.Keys.Order(StringComparer.Ordinal));
            var scope = $"{headers["x-amz-date"][..8]}/us-east-1/{service}/aws4_request";
            var canonical = CanonicalRequest.Of(new(request.Method.Method, path, "", headers, bytes), signed, headers["x-amz-content-sha256"], service == "s3");
            headers["Authorization"] = $"AWS4-HMAC-SHA256 Credential={key.Id}/{scope}, SignedHeaders={signed}, Signature={new SigningKeys().Sign(key.Secret, headers["x-amz-date"], scope, canonical)}";
        }

        foreach (var (name, value) in headers.Where(header => header.Key != "host"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var code = new[] { "MissingAuthenticationTokenException", "MissingAuthenticationToken", "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId", "SignatureDoesNotMatch", "AuthFailure", "AccessDenied", "InvalidAccessKeyId" }
            .FirstOrDefault(text.Contains);
        return $"{(int)answer.StatusCode} {code ?? text}";
    }

    /// <summary>A body that only begins when the server asks for it, and never ends.</summary>
    private sealed class EndlessContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 1 << 30;
            return true;
        }
    }
}
