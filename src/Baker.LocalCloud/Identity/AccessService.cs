using System.Xml.Linq;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>As much of IAM as tools ask before they launch an instance: every instance profile that is named exists.</summary>
internal sealed class AccessService() : QueryService("iam", "https://iam.amazonaws.com/doc/2010-05-08/")
{
    protected override XElement? Result(
        Call call,
        CloudRequest request,
        IReadOnlyDictionary<string, string> parameters) => call.Action switch
        {
            "GetInstanceProfile" =>
                new XElement(Xml + "GetInstanceProfileResult", Profile(call, parameters.GetValueOrDefault("InstanceProfileName", ""))),
            "GetUser" => new XElement(Xml + "GetUserResult", new XElement(Xml + "User",
                new XElement(Xml + "UserName", "local"),
                new XElement(Xml + "UserId", "AIDALOCAL00000000000"),
                new XElement(Xml + "Path", "/"),
                new XElement(Xml + "Arn", $"arn:aws:iam::{call.AccountId}:user/local"),
                new XElement(Xml + "CreateDate", "2024-01-01T00:00:00Z"))),
            "ListAccountAliases" => new XElement(
                Xml + "ListAccountAliasesResult",
                new XElement(Xml + "IsTruncated", "false"),
                new XElement(Xml + "AccountAliases")),
            _ => null,
        };

    private XElement Profile(Call call, string name) => new(Xml + "InstanceProfile",
        new XElement(Xml + "InstanceProfileName", name),
        new XElement(Xml + "InstanceProfileId", "AIPALOCAL00000000000"),
        new XElement(Xml + "Path", "/"),
        new XElement(Xml + "Arn", $"arn:aws:iam::{call.AccountId}:instance-profile/{name}"),
        new XElement(Xml + "CreateDate", "2024-01-01T00:00:00Z"),
        new XElement(Xml + "Roles"));
}
