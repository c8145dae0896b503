using System.Net;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>
/// Sends each piece of a request's body as it comes. The handler below gathers them in a buffer, and YARP empties it for gRPC
/// only, so that a target would see nothing of a slow upload before its end.
/// </summary>
internal sealed class FlushingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            request.Content = new Content(content);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private sealed class Content : HttpContent
    {
        private readonly HttpContent _whole;

        public Content(HttpContent whole)
        {
            _whole = whole;
            foreach (var (name, values) in whole.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _whole.CopyToAsync(new FlushedStream(stream), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
