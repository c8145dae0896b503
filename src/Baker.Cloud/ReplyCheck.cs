using System.Text.Json;
using System.Xml;

namespace Baker.Cloud;

/// <summary>
/// Sees to it that what comes back is the answer of an AWS service, and whole: a proxy, a captive portal or a connection that
/// broke may put something else in its place, and the SDK would read an answer without members from it.
/// </summary>
internal sealed class ReplyCheck(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly XmlReaderSettings s_xml = new() { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var reply = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsObject(request, reply) && (int)reply.StatusCode < 500)
            {
                Check(request, reply, await reply.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            }

            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    /// <summary>Whether it is a stored object, which may be anything; the SDK checks its length.</summary>
    private static bool IsObject(HttpRequestMessage request, HttpResponseMessage reply) =>
        request.Method == HttpMethod.Head || (request.Method == HttpMethod.Get && reply.IsSuccessStatusCode);

    private static void Check(HttpRequestMessage request, HttpResponseMessage reply, byte[] body)
    {
        if (request.Headers.Contains("X-Amz-Target"))
        {
            if (body.Length > 0 ? !IsJson(body) : !reply.Headers.Contains("x-amzn-ErrorType"))
            {
                throw Strange(reply, "no whole JSON object");
            }
        }
        else if (request.Content?.Headers.ContentType?.MediaType == "application/x-www-form-urlencoded")
        {
            if (RootOf(body)?.EndsWith("Response", StringComparison.Ordinal) != true)
            {
                throw Strange(reply, "no whole XML response");
            }
        }
        else if (body.Length > 0 && RootOf(body) is null or "html")
        {
            throw Strange(reply, "no whole XML document");
        }
    }

    private static HttpIOException Strange(HttpResponseMessage reply, string what) =>
        new(HttpRequestError.InvalidResponse, $"what came with status {(int)reply.StatusCode} is {what}");

    private static bool IsJson(byte[] body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The name of the document's root; null where it is no whole document.</summary>
    private static string? RootOf(byte[] body)
    {
        using var stream = new MemoryStream(body);
        using var reader = XmlReader.Create(stream, s_xml);
        try
        {
            reader.MoveToContent();
            var root = reader.LocalName;
            while (reader.Read())
            {
            }

            return root;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
