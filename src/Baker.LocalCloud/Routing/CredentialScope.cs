namespace Baker.LocalCloud.Routing;

/// <summary>What a signed request says about itself. <see cref="Signing.SignatureCheck"/> knows whether that is true.</summary>
internal sealed record CredentialScope(string AccessKeyId, string Date, string Region, string Service, SigningForm Form)
{
    public static CredentialScope? Of(CloudRequest request)
    {
        if (request["Authorization"] is { } header)
        {
            return Of(Between(header, "Credential=", ','), SigningForm.Header);
        }

        var query = "&" + request.Query;
        return Between(query, "&X-Amz-Credential=", '&') is { } credential
                ? Of(Uri.UnescapeDataString(credential), SigningForm.Query)
            // S3's first way of presigning, which says neither region nor service.
            : Between(query, "&AWSAccessKeyId=", '&') is { Length: > 0 } key
                ? new CredentialScope(Uri.UnescapeDataString(key), "", "us-east-1", ServiceNames.Objects, SigningForm.OldQuery)
            : null;
    }

    private static CredentialScope? Of(string? credential, SigningForm form) =>
        credential?.Split('/') is [{ Length: > 0 } key, var date, var region, var service, ..]
            ? new CredentialScope(key, date, region, service, form)
            : null;

    private static string? Between(string text, string start, char end)
    {
        var at = text.IndexOf(start, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        at += start.Length;
        var stop = text.IndexOf(end, at);
        return stop < 0 ? text[at..] : text[at..stop];
    }
}
