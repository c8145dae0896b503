namespace Baker.LocalCloud.Routing;

/// <summary>What a signed request says about itself. The signature is not checked; it has to be there.</summary>
internal sealed record CredentialScope(string AccessKeyId, string Region, string Service)
{
    public static CredentialScope? Of(CloudRequest request)
    {
        var credential = request["Authorization"] is { } header
            ? Between(header, "Credential=", ',')
            : request.Query.Contains(
                "X-Amz-Credential=",
                StringComparison.Ordinal) ? Uri.UnescapeDataString(Between(request.Query, "X-Amz-Credential=", '&') ?? "") : null;
        if (credential is null && Between("&" + request.Query, "&AWSAccessKeyId=", '&') is { } oldKey)
        {
            // S3's first way of presigning, which says neither region nor service.
            return new CredentialScope(Uri.UnescapeDataString(oldKey), "us-east-1", "s3");
        }

        return credential?.Split('/') is [var key, _, var region, var service, ..] && key.Length > 0
            ? new CredentialScope(key, region, service)
            : null;
    }

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
