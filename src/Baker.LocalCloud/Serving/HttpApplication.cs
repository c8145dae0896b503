using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Baker.LocalCloud.Serving;

/// <summary>What Kestrel hands its requests to. A connection keeps its context for its next request.</summary>
internal sealed class HttpApplication(HttpAnswer answer, HttpRefusal refuse) : IHttpApplication<DefaultHttpContext>
{
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> kept)
        {
            return new DefaultHttpContext(contextFeatures);
        }

        if (kept.HostContext is not { } context)
        {
            return kept.HostContext = new DefaultHttpContext(contextFeatures);
        }

        context.Initialize(contextFeatures);
        return context;
    }

    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        if (Refusal(context.Request, HasKeptLength(context.Request.Headers)) is not { } status)
        {
            return answer(context);
        }

        context.Response.Headers.Connection = "close";
        return refuse(context, status);
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    /// <summary>Whether Kestrel has kept a length; one that the client sent under that name is put back as it was.</summary>
    private static bool HasKeptLength(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(HeaderEncoding.KeptLength, out var lengths))
        {
            return false;
        }

        var sent = lengths.Select(HeaderEncoding.Sent).ToArray();
        headers[HeaderEncoding.KeptLength] = sent;
        return sent.Contains(null);
    }

    /// <summary>The status of a request whose body the next server may see end elsewhere; null for every other request.</summary>
    private static int? Refusal(HttpRequest request, bool hasKeptLength)
    {
        var codings = request.Headers.TransferEncoding;
        if (codings.Count == 0)
        {
            return null;
        }

        // A length beside chunks: Kestrel reads the chunks and keeps the length under this name (RFC 9112, section 6.1 lets a server
        // refuse it), but the next one may read it the other way, and take the rest for another request. HTTP/1.0 has no chunks.
        if (hasKeptLength || request.Protocol == "HTTP/1.0")
        {
            return StatusCodes.Status400BadRequest;
        }

        var coding = codings.ToString();
        return coding.Equals("chunked", StringComparison.OrdinalIgnoreCase) ? null
            : coding
                .Split(',', StringSplitOptions.TrimEntries)
                .Count(each => each.Equals("chunked", StringComparison.OrdinalIgnoreCase)) > 1 ? StatusCodes.Status400BadRequest
            : StatusCodes.Status501NotImplemented;
    }
}
