using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Signing;

/// <summary>Signs the requests to a local cloud's own addresses, which no SDK knows.</summary>
public sealed class SigningHandler(AccessKey key, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Region = "us-east-1";
    private const string Service = "baker";
    private const string SignedHeaders = "host;x-amz-date";

    private readonly SigningKeys _keys = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var (uri, stamp) = (request.RequestUri!, SigningKeys.Stamp(time.GetUtcNow()));
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["host"] = uri.Authority, ["x-amz-date"] = stamp };
        var asked = new CloudRequest(request.Method.Method, uri.AbsolutePath, uri.Query.TrimStart('?'), headers, body);
        var scope = $"{stamp[..8]}/{Region}/{Service}/{SigningKeys.Ending}";
        var canonical = CanonicalRequest.Of(asked, SignedHeaders, SigningKeys.Hash(body), isObject: false);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", stamp);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"{SigningKeys.Algorithm} Credential={key.Id}/{scope}, SignedHeaders={SignedHeaders}, "
                + $"Signature={_keys.Sign(key.Secret, stamp, scope, canonical)}");
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
