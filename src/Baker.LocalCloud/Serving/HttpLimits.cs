namespace Baker.LocalCloud.Serving;

/// <summary>What an <see cref="HttpServer"/> allows its clients.</summary>
/// <param name="LargestBody">The largest body of a request, in bytes; null is any.</param>
/// <param name="KeepAlive">How long a connection may be silent between two requests.</param>
/// <param name="SpeaksHttp2">Whether a client may choose HTTP/2 in TLS, or begin with it where there is none (RFC 9113, 3.3).</param>
/// <param name="AnswersTheHalfClosed">Whether a client that says it sends no more gets the answers to what it has sent;
/// otherwise it counts as gone.</param>
internal sealed record HttpLimits(long? LargestBody, TimeSpan KeepAlive, bool SpeaksHttp2 = false, bool AnswersTheHalfClosed = false)
{
    /// <summary>How TLS is spoken; null where it is not.</summary>
    public ServerTls? Tls { get; init; }
}
