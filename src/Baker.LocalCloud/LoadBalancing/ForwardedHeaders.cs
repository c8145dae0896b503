using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What a load balancer changes in a request on its way to a target (Application Load Balancers, "HTTP headers").</summary>
internal sealed class ForwardedHeaders(RelaySettings settings) : HttpTransformer
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Port = "X-Forwarded-Port";

    // The path must arrive as it came, whatever the client escaped in it.
    private static readonly UriCreationOptions s_asItCame = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _port = settings.Port.ToString(CultureInfo.InvariantCulture);

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.RequestUri = new Uri(destinationPrefix + Target(httpContext), s_asItCame);
        proxyRequest.Headers.Host = HostOf(httpContext.Request);
        var before = httpContext.Request.Headers[For];
        if (settings.Forwarding == "append")
        {
            var client = Client(httpContext.Connection);
            Set(For, before.Count == 0 ? client : $"{before}, {client}");
        }
        else if (settings.Forwarding == "remove" && before.Count > 0)
        {
            proxyRequest.Headers.Remove(For);
        }

        Set(Proto, settings.Scheme);
        Set(Port, _port);

        void Set(string name, string value)
        {
            if (httpContext.Request.Headers.ContainsKey(name))
            {
                proxyRequest.Headers.Remove(name);
            }

            proxyRequest.Headers.TryAddWithoutValidation(name, value);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken)
    {
        if (proxyResponse?.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings) == true
            && !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            throw new NotSupportedException(
                $"The target's transfer coding is '{codings}': only its chunks would be undone, and the rest be taken for the body.");
        }

        if ((int?)proxyResponse?.StatusCode < 100)
        {
            throw new NotSupportedException("The target's status is not one of three digits (RFC 9110, section 15).");
        }

        var hasBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        if (proxyResponse is not null)
        {
            RelayedRequest.Of(httpContext)?.Answered(httpContext.Response);
        }

        if (httpContext.Response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
        {
            // Such an answer has no body, whatever length the target gives it (RFC 9110, sections 15.3.5 and 15.3.6).
            httpContext.Response.ContentLength = null;
            return false;
        }

        return hasBody;
    }

    private static string Target(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.StartsWith('/') ? target
            : Uri.TryCreate(target, UriKind.Absolute, out var absolute) ? absolute.PathAndQuery
            : "/";
    }

    private string Client(ConnectionInfo connection) =>
        settings.ForwardsClientPort ? $"{connection.RemoteIpAddress}:{connection.RemotePort}" : $"{connection.RemoteIpAddress}";

    // A listener on another port than its protocol's adds it, one on that port leaves it out.
    private string? HostOf(HttpRequest request)
    {
        var host = request.Host;
        return settings.KeepsHost || !host.HasValue ? host.Value
            : settings.Port is 80 or 443 ? (host.Port == settings.Port ? host.Host : host.Value)
            : host.Port is null ? $"{host.Host}:{_port}" : host.Value;
    }
}
