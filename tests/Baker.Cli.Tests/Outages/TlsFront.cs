using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Baker.Cli.Tests.Outages;

/// <summary>Sends every request over a real TLS connection, whose certificate is trusted, that an outage may spoil.</summary>
internal sealed class TlsFront : HttpMessageHandler
{
    private static readonly X509Certificate2 s_trusted = Certificate();
    private static readonly X509Certificate2 s_stranger = Certificate();
    private readonly HttpMessageInvoker _cloud;
    private readonly HttpMessageInvoker _client;
    private readonly WebApplication _server;
    private readonly Relay _relay;

    public TlsFront(Outage outage, HttpMessageHandler cloud)
    {
        _cloud = new HttpMessageInvoker(cloud);
#pragma warning disable CA5397, CA5398 // the last version that knows renegotiation
        var protocols = outage.Kind.EndsWith("renegotiation", StringComparison.Ordinal) ? SslProtocols.Tls12 : SslProtocols.None;
#pragma warning restore CA5397, CA5398
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(tls =>
        {
            tls.ServerCertificateSelector = (_, _) => outage.Wire == "stranger" ? s_stranger : s_trusted;
            tls.ClientCertificateMode = ClientCertificateMode.DelayCertificate;
            tls.SslProtocols = protocols;
        })));
        _server = builder.Build();
        _server.Run(async context =>
        {
            if (outage.Wire == "renegotiation")
            {
                await context.Connection.GetClientCertificateAsync();
            }

            await ForwardAsync(context);
        });
        _server.StartAsync().GetAwaiter().GetResult();
        _relay = new Relay(outage, new IPEndPoint(IPAddress.Loopback, new Uri(_server.Urls.First()).Port));
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = protocols,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == s_trusted.GetCertHashString(),
            },
        });
        WarmUp();
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Host ??= request.RequestUri!.Authority;
        request.RequestUri = new Uri($"https://127.0.0.1:{_relay.Port}{request.RequestUri!.PathAndQuery}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        return _client.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _client.Dispose();
        _relay.Dispose();
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    /// <summary>The first handshake of a process takes as long as a call may, on a clock that hurries.</summary>
    private void WarmUp()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1/");
        using var reply = SendAsync(request, CancellationToken.None).GetAwaiter().GetResult();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            new Uri($"http://{context.Request.Host.Value}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, value) in context.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value.AsEnumerable()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, value.AsEnumerable());
            }
        }

        using var reply = await _cloud.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)reply.StatusCode;
        foreach (var (name, values) in reply.Headers.NonValidated.Concat(reply.Content.Headers.NonValidated))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await reply.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var own = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
    }
}
