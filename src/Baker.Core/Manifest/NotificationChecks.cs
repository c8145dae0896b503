using System.Net;

namespace Baker.Core.Manifest;

/// <summary>The rule of <c>notifications</c>: who is told when a change begins, fails or ends.</summary>
internal static class NotificationChecks
{
    private const string Expected = "the ARN of an SNS topic, or an address that starts with https://";

    public static ValueCheck Notifications { get; } = Checks.OneOrListOf(new(
        Expected,
        "ARNs of SNS topics and addresses that start with https://",
        (context, path, value) =>
        {
            if (value.Kind != ValueKind.String)
            {
                context.WrongType(path, value, Expected);
            }
            else if (Problem(value.Text) is var (problem, remedy))
            {
                context.Diagnostics.Error(DiagnosticCode.BadValue, value, $"{path} {problem}.", remedy);
            }
        })).And(ValueKind.Array, Checks.EachOnce);

    // What a webhook's address holds may be a secret: no message repeats it.
    private static (string Problem, string Remedy)? Problem(string text)
    {
        if (text.StartsWith("arn:", StringComparison.Ordinal))
        {
            return Shapes.IsArn(text, "sns") && text.Split(':') is [_, _, _, var region, var account, var topic]
                && Shapes.IsRegion(region) && Shapes.IsAccount(account) && Shapes.IsOnly(topic, "-_.")
                    ? null
                    : ($"names {Quoting.Quote(text)}, which is no topic of SNS", "Write it as arn:aws:sns:REGION:ACCOUNT:TOPIC.");
        }

        const string Example = "Write for example \"https://hooks.example.com/deploys\".";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
            || address.Host.Length == 0
            || address.Scheme is not ("https" or "http"))
        {
            return ($"is not {Expected}", Example);
        }

        if (address.UserInfo.Length > 0)
        {
            return ("has a user or a password in its address", "Put a token into the path, as webhooks have it, or use an SNS topic.");
        }

        return address.Scheme == "https" || IsLoopback(address)
            ? null
            : ($"is told {address.Host} without TLS", "Use https://; http:// goes to this machine alone (127.0.0.1, localhost).");
    }

    private static bool IsLoopback(Uri address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
