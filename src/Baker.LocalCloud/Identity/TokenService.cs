using System.Xml.Linq;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>STS: who the caller is. Everybody is the one account's user <c>local</c>.</summary>
internal sealed class TokenService() : QueryService("sts", "https://sts.amazonaws.com/doc/2011-06-15/")
{
    protected override XElement? Result(Call call, IReadOnlyDictionary<string, string> parameters) => call.Action == "GetCallerIdentity"
        ? new XElement(Xml + "GetCallerIdentityResult",
            new XElement(Xml + "Arn", $"arn:aws:iam::{call.AccountId}:user/local"),
            new XElement(Xml + "UserId", "AIDALOCAL00000000000"),
            new XElement(Xml + "Account", call.AccountId))
        : null;
}
