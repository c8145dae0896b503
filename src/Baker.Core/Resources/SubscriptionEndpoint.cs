namespace Baker.Core.Resources;

/// <summary>Where a subscription sends to.</summary>
public static class SubscriptionEndpoint
{
    /// <summary>As SNS shows it once it is made: of a user's password nothing is seen.</summary>
    public static string Shown(string endpoint)
    {
        if (endpoint.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
        {
            return endpoint;
        }

        var rest = endpoint[(scheme + "://".Length)..];
        var server = rest.Split('/', '?', '#')[0];
        var (colon, at) = (server.IndexOf(':', StringComparison.Ordinal), server.LastIndexOf('@'));
        return colon >= 0 && colon < at ? $"{endpoint[..^rest.Length]}{server[..colon]}:****{rest[at..]}" : endpoint;
    }
}
