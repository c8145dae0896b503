using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Baker.LocalCloud.Serving;

/// <summary>What Kestrel hands its requests to. A connection keeps its context for its next request.</summary>
internal sealed class HttpApplication(HttpAnswer answer) : IHttpApplication<DefaultHttpContext>
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
        if (!IsAmbiguous(context.Request.Headers))
        {
            return answer(context);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    // A body with a length and in chunks: Kestrel reads the chunks and keeps the length under this name (RFC 9112, section 6.1
    // lets a server refuse it), but the next one may read it the other way, and take the rest for another request.
    private static bool IsAmbiguous(IHeaderDictionary headers) => headers.TransferEncoding.Count > 0 && headers.ContainsKey("X-Content-Length");
}
