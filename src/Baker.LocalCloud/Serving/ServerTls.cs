using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;

namespace Baker.LocalCloud.Serving;

/// <summary>How a server speaks TLS: in which versions, and with which certificate for which name.</summary>
/// <param name="Protocols">The versions.</param>
/// <param name="Certificates">The certificates, each with whether it is that of a host name. The first one answers where none is.</param>
internal sealed record ServerTls(
    SslProtocols Protocols,
    ImmutableArray<(Func<string, bool> Covers, SslStreamCertificateContext Context)> Certificates)
{
    /// <summary>How long a client may take to agree on it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly List<SslApplicationProtocol> s_both = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> s_http1 = [SslApplicationProtocol.Http11];

    /// <summary>Agrees on TLS with a client, for bytes of any kind or for HTTP.</summary>
    public Task AuthenticateAsync(SslStream stream, bool isHttp, bool speaksHttp2, CancellationToken stop) =>
        stream.AuthenticateAsServerAsync(
            (_, hello, _, _) => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                EnabledSslProtocols = Protocols,
                ServerCertificateContext = Of(hello.ServerName),
                ApplicationProtocols = isHttp ? speaksHttp2 ? s_both : s_http1 : null,
            }),
            state: null,
            stop);

    private SslStreamCertificateContext Of(string? name) =>
        (string.IsNullOrEmpty(name) ? Certificates[0] : Certificates.FirstOrDefault(each => each.Covers(name), Certificates[0])).Context;
}
