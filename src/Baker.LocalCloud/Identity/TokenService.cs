using System.Globalization;
using System.Xml.Linq;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Signing;

namespace Baker.LocalCloud.Identity;

/// <summary>
/// STS: who the caller is, and temporary keys. Everybody is the home account's user <c>local</c>, who may take on any role of any account:
/// that is how another account comes to be.
/// </summary>
internal sealed class TokenService(CloudContext cloud) : QueryService("sts", "https://sts.amazonaws.com/doc/2011-06-15/")
{
    private const int Shortest = 900;

    protected override XElement? Result(
        Call call,
        CloudRequest request,
        IReadOnlyDictionary<string, string> parameters) => call.Action switch
        {
            "GetCallerIdentity" => Identity(call),
            "GetSessionToken" => new XElement(
                Xml + "GetSessionTokenResult",
                Credentials(call, parameters, usual: 12 * 60 * 60, longest: 36 * 60 * 60, call.AccountId)),
            "AssumeRole" => AssumeRole(call, parameters),
            _ => null,
        };

    private XElement Identity(Call call) => new(
        Xml + "GetCallerIdentityResult",
        new XElement(Xml + "Arn", call.CallerArn),
        new XElement(
            Xml + "UserId",
            call.Role.Length > 0 ? $"AROALOCAL00000000000:{call.Role[(call.Role.IndexOf('/') + 1)..]}" : "AIDALOCAL00000000000"),
        new XElement(Xml + "Account", call.AccountId));

    private XElement AssumeRole(Call call, IReadOnlyDictionary<string, string> parameters)
    {
        var (role, session) = (Required(parameters, "RoleArn"), Required(parameters, "RoleSessionName"));
        if (role.Split(':', 6) is not ["arn", _, "iam", "", var account, ['r', 'o', 'l', 'e', '/', .. var path]] || path.Length == 0
            || account.Length != 12 || !account.All(char.IsAsciiDigit))
        {
            throw new CloudException("ValidationError", $"{role} is invalid");
        }

        if (session.Length is < 2 or > 64 || !session.All(letter => char.IsAsciiLetterOrDigit(letter) || "_+=,.@-".Contains(letter)))
        {
            throw new CloudException(
                "ValidationError",
                "1 validation error detected: Value at 'roleSessionName' is not 2 to 64 of the characters [\\w+=,.@-]");
        }

        var name = path[(path.LastIndexOf('/') + 1)..];
        return new XElement(
            Xml + "AssumeRoleResult",
            Credentials(call, parameters, usual: 60 * 60, longest: 12 * 60 * 60, account, $"{name}/{session}"),
            new XElement(
                Xml + "AssumedRoleUser",
                new XElement(Xml + "AssumedRoleId", $"AROALOCAL00000000000:{session}"),
                new XElement(Xml + "Arn", $"arn:aws:sts::{account}:assumed-role/{name}/{session}")));
    }

    private XElement Credentials(
        Call call,
        IReadOnlyDictionary<string, string> parameters,
        int usual,
        int longest,
        string account,
        string role = "")
    {
        var seconds = usual;
        if (parameters.TryGetValue("DurationSeconds", out var given)
            && (!int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
                || seconds < Shortest
                || seconds > longest))
        {
            throw new CloudException(
                "ValidationError",
                $"1 validation error detected: Value '{given}' at 'durationSeconds' is not from {Shortest} to {longest}");
        }

        var temporary = TemporaryKey.Make(cloud.Key, call.Now.AddSeconds(seconds), account, role);
        return new XElement(Xml + "Credentials",
            new XElement(Xml + "AccessKeyId", temporary.Id),
            new XElement(Xml + "SecretAccessKey", temporary.Secret),
            new XElement(Xml + "SessionToken", temporary.Token),
            new XElement(
                Xml + "Expiration",
                temporary.Ends.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
    }

    private static string Required(IReadOnlyDictionary<string, string> parameters, string name) =>
        parameters.GetValueOrDefault(name) is { Length: > 0 } value ? value
            : throw new CloudException("ValidationError", $"1 validation error detected: Value null at '{name}' must not be null");
}
