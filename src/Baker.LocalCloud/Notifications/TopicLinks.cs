using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Notifications;

/// <summary>
/// The links in SNS's messages, which whoever gets one may open: nothing signs them. The one confirms with a token that only its
/// receiver has, the other ends a subscription that it names.
/// </summary>
internal static class TopicLinks
{
    /// <summary>Who opens a link.</summary>
    public const string Anybody = "anonymous";

    public static bool Are(CloudRequest request) => ScopeOf(request) is not null;

    /// <summary>Null where the request is no such link.</summary>
    public static CredentialScope? ScopeOf(CloudRequest request)
    {
        if (request.Method != "GET" || request.Path != "/" || request["Authorization"] is not null)
        {
            return null;
        }

        var parameters = request.Query.Split('&').Select(each => each.Split('=', 2)).Where(each => each.Length == 2).ToList();
        string? Of(string name) => parameters.Find(each => each[0] == name) is [_, var value] ? Uri.UnescapeDataString(value) : null;
        var arn = (parameters.Count, Of("Action")) switch
        {
            (3, "ConfirmSubscription") => Of("TopicArn"),
            (2, "Unsubscribe") => Of("SubscriptionArn"),
            _ => null,
        };
        return arn?.Split(':') is ["arn", _, "sns", { Length: > 0 } region, ..]
            ? new CredentialScope(Anybody, "", region, NotificationService.Name, SigningForm.Header)
            : null;
    }
}
