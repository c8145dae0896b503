using System.Net;
using System.Text;
using Amazon.Runtime;
using Baker.LocalCloud.Protocol;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>A server of nothing but codecs: it keeps the request that it decoded and answers what it is told to.</summary>
internal sealed class CodecServer(string service, string? protocol = null) : HttpMessageHandler
{
    private readonly ServiceCodec _codec = ServiceCodec.For(service, protocol)!;

    public AmazonWebServiceRequest? Request { get; private set; }

    /// <summary>The bytes that the request was decoded from, as text.</summary>
    public string? Body { get; private set; }

    public AmazonWebServiceResponse? Response { get; set; }

    public (string Code, string Message, int Status)? Error { get; set; }

    public int Calls { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Calls++;
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var target = request.Headers.TryGetValues("X-Amz-Target", out var values) ? values.Single() : null;
        var call = WireCall.Identify(service, request.RequestUri!.AbsolutePath, target, body)!;
        Body = Encoding.UTF8.GetString(body);
        Request = call.Codec.Decode(call.Action, body);
        var answer = Error is { } error
            ? Message(error.Status, call.Codec.EncodeError(error.Code, error.Message, error.Status, "id-1"), call.Codec.ErrorHeaders(error.Code, error.Status, "id-1"))
            : Message(200, call.Codec.Encode(call.Action, Response!, "id-1"), call.Codec.Headers("id-1"));
        answer.RequestMessage = request;
        return answer;
    }

    private HttpResponseMessage Message(int status, byte[] body, IEnumerable<KeyValuePair<string, string>> headers)
    {
        var message = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(body) };
        message.Content.Headers.TryAddWithoutValidation("Content-Type", _codec.ContentType);
        foreach (var (name, value) in headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }
}
