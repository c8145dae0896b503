using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Amazon.CertificateManager.Model;
using Baker.LocalCloud.Serving;
using Microsoft.AspNetCore.Http;

#pragma warning disable CA5359 // the certificates of these tests sign themselves

namespace Baker.LocalCloud.Tests.LoadBalancing;

/// <summary>TLS that really ends at the listeners, and bytes that network load balancers really pass on.</summary>
internal sealed class SecureListenerTests
{
    [Test]
    public async Task HttpsListener_WithTwoCertificates_ServesTheOneOfTheName_AndSpeaksHttp2()
    {
        await using var front = await Front.OpenAsync();
        var group = await front.GroupAsync("web", context => context.Response.WriteAsync($"{context.Request.Headers["X-Forwarded-Proto"]} {context.Request.Headers["X-Forwarded-Port"]}"));
        var (first, second) = (await front.CertificateAsync(null, "a.test"), await front.CertificateAsync(null, "b.test", "*.b.test"));
        var (listener, address) = await front.ListenAsync(8443, "HTTPS", Front.To((group, 1)), first);
        await front.Cloud.Balancing.AddListenerCertificatesAsync(new() { ListenerArn = listener, Certificates = [new() { CertificateArn = second }] });
        await front.Cloud.Balancing.AddTagsAsync(new() { ResourceArns = [listener], Tags = [new() { Key = "a", Value = "b" }] });

        Assert.That(await SubjectAsync(address, "a.test"), Is.EqualTo("CN=a.test"));
        Assert.That(await SubjectAsync(address, "www.b.test"), Is.EqualTo("CN=b.test"));
        Assert.That(await SubjectAsync(address, "elsewhere.test"), Is.EqualTo("CN=a.test"), "the default one");
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var client = Client();
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var answer = await client.SendAsync(request);
            Assert.That((answer.Version, await answer.Content.ReadAsStringAsync()), Is.EqualTo((version, "https 8443")));
        }

        var shown = (await front.Cloud.Balancing.DescribeListenerCertificatesAsync(new() { ListenerArn = listener })).Certificates;
        Assert.That(shown.ConvertAll(each => (each.CertificateArn, each.IsDefault)), Is.EqualTo(new[] { (first, (bool?)true), (second, false) }));
    }

    [Test]
    public async Task HttpsListener_WhoseCertificateIsImportedAgain_ServesTheNewOne_AndKeepsItFromDeletion()
    {
        await using var front = await Front.OpenAsync();
        var certificate = await front.CertificateAsync(null, "a.test");
        var (listener, address) = await front.ListenAsync(8443, "HTTPS", Front.To((await front.GroupAsync("web"), 1)), certificate);
        var acm = front.Cloud.Certificates;

        await front.CertificateAsync(certificate, "new.test");
        await Wait.UntilAsync(async () => await SubjectAsync(address, "a.test") == "CN=new.test", "the new certificate");
        var used = (await acm.DescribeCertificateAsync(new() { CertificateArn = certificate })).Certificate;
        var refused = await Errors.CodeOfAsync(() => acm.DeleteCertificateAsync(new() { CertificateArn = certificate }));
        await front.Cloud.Balancing.DeleteListenerAsync(new() { ListenerArn = listener });
        await acm.DeleteCertificateAsync(new() { CertificateArn = certificate });

        Assert.That((used.DomainName, used.InUseBy.Single(), used.Status.Value, refused), Is.EqualTo(("new.test", front.Balancer.LoadBalancerArn, "ISSUED", "ResourceInUseException")));
        Assert.That((await acm.ListCertificatesAsync(new())).CertificateSummaryList ?? [], Is.Empty);
    }

    [Test]
    public async Task HttpsListener_OfAPolicyOfTls13Alone_RefusesTls12()
    {
        await using var front = await Front.OpenAsync();
        var (_, address) = await front.ListenAsync(8443, "HTTPS", Front.To((await front.GroupAsync("web"), 1)), await front.CertificateAsync(null, "a.test"), "ELBSecurityPolicy-TLS13-1-3-2021-06");

#pragma warning disable CA5398 // it is the version that is to be refused
        Assert.That(async () => await SubjectAsync(address, "a.test", SslProtocols.Tls12), Throws.InstanceOf<Exception>());
#pragma warning restore CA5398
        Assert.That(await SubjectAsync(address, "a.test"), Is.EqualTo("CN=a.test"));
    }

    [Test]
    public async Task HttpsListener_SpokenToInPlainText_ClosesThatConnectionAlone()
    {
        await using var front = await Front.OpenAsync();
        var (_, address) = await front.ListenAsync(8443, "HTTPS", Front.To((await front.GroupAsync("web"), 1)), await front.CertificateAsync(null, "a.test"));
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPEndPoint.Parse(new Uri(address).Authority));
        await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());

        Assert.That(await EndOfAsync(plain.GetStream()), Does.Not.Contain("HTTP"));
        using var client = Client();
        Assert.That(await client.GetStringAsync(address), Is.EqualTo("web"));
    }

    [Test]
    public async Task NetworkBalancer_OnTcp_PassesBytesBothWays_AlsoAfterTheClientHasSentItsLast()
    {
        await using var front = await Front.OpenAsync("network");
        await using var target = new Stage().ToSocket(EchoAsync);
        var (_, address) = await front.ListenAsync(9000, "TCP", Front.To((await front.GroupAsync("tcp", "TCP", target.Only), 1)));
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));

        var stream = client.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes(new string('x', 100_000)));
        client.Client.Shutdown(SocketShutdown.Send);

        Assert.That((await EndOfAsync(stream)).Length, Is.EqualTo(100_000));
    }

    [Test]
    public async Task NetworkBalancer_OnTls_EndsItAndBeginsItAnewTowardsTheTarget()
    {
        await using var front = await Front.OpenAsync("network");
        var (body, key) = Front.Certificate("target.test");
        using var own = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(body.ToArray()), Encoding.ASCII.GetString(key.ToArray()));
        await using var target = new Stage().ToSocket(async socket =>
        {
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsServerAsync(own);
            await tls.WriteAsync("hello over TLS"u8.ToArray());
        });
        var (_, address) = await front.ListenAsync(9443, "TLS", Front.To((await front.GroupAsync("tls", "TLS", target.Only), 1)), await front.CertificateAsync(null, "front.test"));
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        await using var secure = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await secure.AuthenticateAsClientAsync("front.test");

        using var reader = new StreamReader(secure);
        Assert.That((secure.RemoteCertificate!.Subject, await reader.ReadToEndAsync()), Is.EqualTo(("CN=front.test", "hello over TLS")));
    }

    [Test]
    public async Task ApplicationBalancer_ToTargetsOfHttps_ChecksAndAsksThemInTls()
    {
        await using var front = await Front.OpenAsync();
        var (body, key) = Front.Certificate("target.test");
        using var own = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(body.ToArray()), Encoding.ASCII.GetString(key.ToArray()));
        await using var target = new HttpServer(
            new IPEndPoint(IPAddress.Loopback, 0),
            new HttpLimits(LargestBody: null, TimeSpan.FromMinutes(1)) { Tls = new(SslProtocols.None, [(_ => true, SslStreamCertificateContext.Create(own, null, offline: true))]) },
            context => context.Response.WriteAsync(context.Request.Scheme),
            (context, status) => Task.FromResult(context.Response.StatusCode = status));
        var (_, address) = await front.ListenAsync(8080, "HTTP", Front.To((await front.GroupAsync("secure", "HTTPS", target.Address), 1)));
        using var client = new HttpClient();

        Assert.That(await client.GetStringAsync(address), Is.EqualTo("https"));
    }

    [TestCase("no certificate")]
    [TestCase("another key")]
    [TestCase("encrypted")]
    [TestCase("two certificates")]
    public async Task Import_OfWhatIsNoPair_IsRefused(string what)
    {
        await using var front = await Front.OpenAsync();
        var ((body, key), (other, another)) = (Front.Certificate("a.test"), Front.Certificate("b.test"));
        var request = new ImportCertificateRequest
        {
            Certificate = what == "no certificate" ? new("nothing"u8.ToArray()) : what == "two certificates" ? new([.. body.ToArray(), (byte)'\n', .. other.ToArray()]) : body,
            PrivateKey = what == "another key" ? another : what == "encrypted" ? new("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----"u8.ToArray()) : key,
        };

        Assert.That(await Errors.CodeOfAsync(() => front.Cloud.Certificates.ImportCertificateAsync(request)), Is.EqualTo("ValidationException"));
    }

    private static HttpClient Client() => new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = static (_, _, _, _) => true } });

    private static async Task EchoAsync(Socket socket)
    {
        var all = new List<byte>();
        var piece = new byte[4096];
        while (await socket.ReceiveAsync(piece) is > 0 and var read)
        {
            all.AddRange(piece.AsSpan(0, read));
        }

        await socket.SendAsync(all.ToArray().AsMemory());
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<string> EndOfAsync(Stream stream)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<string> SubjectAsync(string address, string name, SslProtocols protocols = SslProtocols.None)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(new Uri(address).Authority));
        await using var secure = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, EnabledSslProtocols = protocols });
        return secure.RemoteCertificate!.Subject;
    }
}
