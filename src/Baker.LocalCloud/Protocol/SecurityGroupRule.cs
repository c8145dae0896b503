namespace Baker.LocalCloud.Protocol;

/// <summary>
/// The first form of a security group's rule, its parts spread over the request: EC2 still takes it, the SDK's request
/// classes no longer have it.
/// </summary>
internal static class SecurityGroupRule
{
    private static readonly Dictionary<string, string> s_places = new(StringComparer.Ordinal)
    {
        ["IpProtocol"] = "IpPermissions.1.IpProtocol",
        ["FromPort"] = "IpPermissions.1.FromPort",
        ["ToPort"] = "IpPermissions.1.ToPort",
        ["CidrIp"] = "IpPermissions.1.IpRanges.1.CidrIp",
        ["SourceSecurityGroupName"] = "IpPermissions.1.Groups.1.GroupName",
        ["SourceSecurityGroupOwnerId"] = "IpPermissions.1.Groups.1.UserId",
    };

    /// <summary>Rewrites the old form as the list of permissions that stands for it.</summary>
    public static IEnumerable<(string Name, string Value)> Modern(string action, IEnumerable<(string Name, string Value)> parameters) =>
        action is "AuthorizeSecurityGroupIngress" or "AuthorizeSecurityGroupEgress" or "RevokeSecurityGroupIngress"
            or "RevokeSecurityGroupEgress"
            ? parameters.Select(each => (s_places.GetValueOrDefault(each.Name, each.Name), each.Value))
            : parameters;
}
