using System.Globalization;
using System.Text;
using Amazon.ElasticLoadBalancingV2.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>What an Application Load Balancer answers by itself.</summary>
internal static class ListenerPages
{
    public static Task ErrorAsync(HttpContext context, int status)
    {
        var words = status switch
        {
            StatusCodes.Status400BadRequest => "400 Bad Request",
            StatusCodes.Status404NotFound => "404 Not Found",
            StatusCodes.Status408RequestTimeout => "408 Request Time-out",
            StatusCodes.Status502BadGateway => "502 Bad Gateway",
            StatusCodes.Status503ServiceUnavailable => "503 Service Temporarily Unavailable",
            StatusCodes.Status504GatewayTimeout => "504 Gateway Time-out",
            _ => $"{status} {ReasonPhrases.GetReasonPhrase(status)}",
        };
        return WriteAsync(
            context,
            status,
            "text/html",
            $"<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n</body>\r\n</html>\r\n");
    }

    public static Task FixedAsync(HttpContext context, FixedResponseActionConfig answer) => WriteAsync(
        context,
        int.Parse(answer.StatusCode, CultureInfo.InvariantCulture),
        answer.ContentType ?? "text/plain",
        answer.MessageBody ?? "");

    public static Task RedirectAsync(HttpContext context, RedirectActionConfig to, RelaySettings settings)
    {
        var (status, words) = to.StatusCode.Value == "HTTP_301"
            ? (StatusCodes.Status301MovedPermanently, "301 Moved Permanently")
            : (StatusCodes.Status302Found, "302 Found");
        return WriteAsync(
            context,
            status,
            "text/html",
            $"<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n</body>\r\n</html>\r\n",
            location: Location(context.Request, to, settings));
    }

    private static string Location(HttpRequest request, RedirectActionConfig to, RelaySettings settings)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        var port = settings.Port.ToString(CultureInfo.InvariantCulture);
        var (path, query) = (target[0].TrimStart('/'), target.Length > 1 ? target[1] : "");
        string Filled(string text) => text
            .Replace("#{protocol}", settings.Scheme, StringComparison.Ordinal)
            .Replace("#{host}", request.Host.Host, StringComparison.Ordinal)
            .Replace("#{port}", port, StringComparison.Ordinal)
            .Replace("#{path}", path, StringComparison.Ordinal)
            .Replace("#{query}", query, StringComparison.Ordinal);

        var asked = Filled(to.Query ?? "#{query}");
        return $"{Filled(to.Protocol ?? "#{protocol}").ToLowerInvariant()}://{Filled(to.Host ?? "#{host}")}:{Filled(to.Port ?? "#{port}")}"
            + Filled(to.Path ?? "/#{path}") + (asked.Length > 0 ? $"?{asked}" : "");
    }

    private static async Task WriteAsync(HttpContext context, int status, string type, string text, string? location = null)
    {
        var connection = context.Response.Headers.Connection;
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.Headers.Connection = connection;
        context.Response.Headers.Server = "awselb/2.0";
        context.Response.Headers.Location = location;
        var page = Encoding.UTF8.GetBytes(text);
        if (status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        {
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = page.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.BodyWriter.WriteAsync(page).ConfigureAwait(false);
        }
    }
}
