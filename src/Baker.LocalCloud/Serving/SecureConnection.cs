using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Baker.LocalCloud.Serving;

/// <summary>TLS on a connection before Kestrel has it, so that Kestrel needs to know only that it is there.</summary>
internal sealed class SecureConnection : IDuplexPipe, ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
{
    private readonly SslStream _stream;

    private SecureConnection(SslStream stream)
    {
        _stream = stream;
        (Input, Output, Protocol) = (PipeReader.Create(stream), PipeWriter.Create(stream), stream.SslProtocol);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Clients are not asked for certificates.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>Kestrel asks for it before it speaks HTTP/2, which no older version than 1.2 may carry.</summary>
    public SslProtocols Protocol { get; }

    /// <summary>Where it is no HTTP/2, Kestrel refuses to speak that in TLS.</summary>
    public ReadOnlyMemory<byte> ApplicationProtocol => _stream.NegotiatedApplicationProtocol.Protocol;

    public TlsCipherSuite? NegotiatedCipherSuite => _stream.NegotiatedCipherSuite;

    public string HostName => _stream.TargetHostName;

#pragma warning disable SYSLIB0058 // the interface has them, and nobody asks for them
    public CipherAlgorithmType CipherAlgorithm => _stream.CipherAlgorithm;

    public int CipherStrength => _stream.CipherStrength;

    public HashAlgorithmType HashAlgorithm => _stream.HashAlgorithm;

    public int HashStrength => _stream.HashStrength;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => _stream.KeyExchangeAlgorithm;

    public int KeyExchangeStrength => _stream.KeyExchangeStrength;
#pragma warning restore SYSLIB0058

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

    /// <summary>Agrees on TLS with the client.</summary>
    /// <returns>Whether it will speak HTTP/2.</returns>
    public static async Task<bool> BeginAsync(ConnectionContext connection, ServerTls tls, bool speaksHttp2, CancellationToken stop)
    {
        var raw = connection.Transport;
        var stream = new SslStream(new PipeStream(raw.Input.AsStream(), raw.Output.AsStream()));
        await tls.AuthenticateAsync(stream, isHttp: true, speaksHttp2, stop).ConfigureAwait(false);
        var secure = new SecureConnection(stream);
        connection.Transport = secure;
        connection.Features.Set<ITlsConnectionFeature>(secure);
        connection.Features.Set<ITlsHandshakeFeature>(secure);
        connection.Features.Set<ITlsApplicationProtocolFeature>(secure);
        return stream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
    }

    /// <summary>Both ways of a connection as one stream.</summary>
    private sealed class PipeStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            input.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            output.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
