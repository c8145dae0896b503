using System.Globalization;
using System.Text.RegularExpressions;

namespace Baker.Cloud;

/// <summary>Tells of each request to a cloud; nothing of what it says or is answered but names and codes.</summary>
public sealed partial class CallTrace(HttpMessageHandler inner, TimeProvider time, Action<CloudCall> tell) : DelegatingHandler(inner)
{
    private static readonly string[] s_ids = ["x-amzn-RequestId", "x-amz-request-id"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var operation = await OperationAsync(request, cancellationToken).ConfigureAwait(false);
        var began = time.GetTimestamp();
        try
        {
            var reply = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var took = time.GetElapsedTime(began);
            var isNamed = s_ids.Any(reply.Headers.Contains) && (int)reply.StatusCode < 400;
            var text = isNamed ? "" : await TextAsync(request, reply, cancellationToken).ConfigureAwait(false);
            Tell(request, operation, Answer(reply, text), IdOf(reply, text), took);
            return reply;
        }
        catch (Exception error)
        {
            Tell(
                request,
                operation,
                error is OperationCanceledException ? "broken off" : error.GetBaseException().Message,
                null,
                time.GetElapsedTime(began));
            throw;
        }
    }

    private static async Task<string> OperationAsync(HttpRequestMessage request, CancellationToken stop)
    {
        if (request.Headers.TryGetValues("X-Amz-Target", out var target))
        {
            return target.First().Split('.')[^1];
        }

        if (request.Content is { Headers.ContentType.MediaType: "application/x-www-form-urlencoded" } form)
        {
            await form.LoadIntoBufferAsync(stop).ConfigureAwait(false);
            if (Action().Match(await form.ReadAsStringAsync(stop).ConfigureAwait(false)) is { Success: true } action)
            {
                return action.Groups[1].Value;
            }
        }

        return $"{request.Method} {request.RequestUri?.AbsolutePath}";
    }

    /// <summary>An answer with an error in it, or of a service that has its id in the text; never a stored object.</summary>
    private static async Task<string> TextAsync(HttpRequestMessage request, HttpResponseMessage reply, CancellationToken stop)
    {
        if (request.Method == HttpMethod.Head || (request.Method == HttpMethod.Get && reply.IsSuccessStatusCode))
        {
            return "";
        }

        await reply.Content.LoadIntoBufferAsync(stop).ConfigureAwait(false);
        return await reply.Content.ReadAsStringAsync(stop).ConfigureAwait(false);
    }

    private static string Answer(HttpResponseMessage reply, string text)
    {
        var status = ((int)reply.StatusCode).ToString(CultureInfo.InvariantCulture);
        return reply.IsSuccessStatusCode || Code().Match(text) is not { Success: true } code
            ? status
            : $"{status} {code.Groups[1].Value}{code.Groups[2].Value}";
    }

    private static string? IdOf(HttpResponseMessage reply, string text)
    {
        foreach (var name in s_ids)
        {
            if (reply.Headers.TryGetValues(name, out var values))
            {
                return values.First();
            }
        }

        return Id().Match(text) is { Success: true } id ? id.Groups[1].Value : null;
    }

    private void Tell(HttpRequestMessage request, string operation, string answer, string? id, TimeSpan took)
    {
        // AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...
        var scope = request.Headers.TryGetValues("Authorization", out var values) ? values.First().Split(',')[0].Split('/') : [];
        var (region, service) = scope is [_, _, var here, var name, ..] ? (here, name) : ("-", "-");
        tell(new CloudCall(service, region, operation, answer, id, took));
    }

    [GeneratedRegex("(?:^|&)Action=([A-Za-z0-9]+)")]
    private static partial Regex Action();

    [GeneratedRegex("""<Code>([^<]+)</Code>|"__type"\s*:\s*"(?:[^"#]*#)?([^"#]+)""")]
    private static partial Regex Code();

    [GeneratedRegex("<[Rr]equestI[dD]>([^<]+)<")]
    private static partial Regex Id();
}
