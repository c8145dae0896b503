using System.Net;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Serving;

/// <summary>Answers an <see cref="HttpClient"/> of this process: the bytes of the wire without a socket.</summary>
internal sealed class InProcessHandler(Func<CloudRequest, CloudResponse> answer) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => Answer(request, body), cancellationToken).ConfigureAwait(false);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        request.Content?.CopyTo(body, null, cancellationToken);
        return Answer(request, body.ToArray());
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, byte[] body)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            headers[name] = values.ToString();
        }

        foreach (var (name, values) in request.Content?.Headers.NonValidated ?? default)
        {
            headers[name] = values.ToString();
        }

        var uri = request.RequestUri!;
        headers.TryAdd("Host", uri.Authority);
        var response = answer(new CloudRequest(request.Method.Method, uri.AbsolutePath, uri.Query.TrimStart('?'), headers, body));
        using var payload = response.Body;
        if (response.IsLost)
        {
            throw new HttpRequestException(
                "the connection was closed before the reply",
                new IOException("the reply was lost by a fault of the local cloud"));
        }

        var message = new HttpResponseMessage((HttpStatusCode)response.Status)
        {
            RequestMessage = request,
            Content = new ByteArrayContent(request.Method == HttpMethod.Head ? [] : payload.ToArray()),
        };
        foreach (var (name, value) in response.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }
}
