using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>EC2's answers to ids that it does not know.</summary>
internal static class NotFound
{
    private const int MostNamed = 10;

    /// <summary>The ids as an error names them: the first ones, and how many more there are.</summary>
    public static string Some(IReadOnlyCollection<string> ids) => ids.Count <= MostNamed
        ? string.Join(", ", ids)
        : $"{string.Join(", ", ids.Take(MostNamed))} and {ids.Count - MostNamed} more";

    public static CloudException Of(string id) => id.Split('-')[0] switch
    {
        "i" => new("InvalidInstanceID.NotFound", $"The instance ID '{id}' does not exist"),
        "ami" => new("InvalidAMIID.NotFound", $"The image id '[{id}]' does not exist"),
        "snap" => new("InvalidSnapshot.NotFound", $"The snapshot '{id}' does not exist."),
        "vol" => new("InvalidVolume.NotFound", $"The volume '{id}' does not exist."),
        "sg" => new("InvalidGroup.NotFound", $"The security group '{id}' does not exist"),
        "subnet" => new("InvalidSubnetID.NotFound", $"The subnet ID '{id}' does not exist"),
        "vpc" when id.StartsWith("vpc-cidr-assoc-", StringComparison.Ordinal) => new(
            "InvalidVpcCidrBlockAssociationID.NotFound",
            $"The vpc CIDR block association ID '{id}' does not exist"),
        "vpc" => new("InvalidVpcID.NotFound", $"The vpc ID '{id}' does not exist"),
        "key" => new("InvalidKeyPair.NotFound", $"The key pair '{id}' does not exist"),
        "sgr" => new("InvalidSecurityGroupRuleId.NotFound", $"The security group rule ID '{id}' does not exist"),
        "igw" => new("InvalidInternetGatewayID.NotFound", $"The internetGateway ID '{id}' does not exist"),
        "nat" => new("NatGatewayNotFound", $"NatGateway {id} was not found"),
        "rtb" => new("InvalidRouteTableID.NotFound", $"The routeTable ID '{id}' does not exist"),
        "eni" => new("InvalidNetworkInterfaceID.NotFound", $"The networkInterface ID '{id}' does not exist"),
        "acl" => new("InvalidNetworkAclID.NotFound", $"The networkAcl ID '{id}' does not exist"),
        "dopt" => new("InvalidDhcpOptionID.NotFound", $"The dhcpOption ID '{id}' does not exist"),
        "vpce" => new("InvalidVpcEndpointId.NotFound", $"The Vpc Endpoint Id '{id}' does not exist"),
        "pl" => new("InvalidPrefixListID.NotFound", $"The prefix list ID '{id}' does not exist"),
        "eipalloc" => new("InvalidAllocationID.NotFound", $"The allocation ID '{id}' does not exist"),
        "eipassoc" or "rtbassoc" or "aclassoc" => new("InvalidAssociationID.NotFound", $"The association ID '{id}' does not exist"),
        _ => new("InvalidID", $"The ID '{id}' is not valid"),
    };

    public static CloudException Malformed(string id, string prefix) => prefix switch
    {
        "i" => new("InvalidInstanceID.Malformed", $"Invalid id: \"{id}\""),
        "ami" => new("InvalidAMIID.Malformed", $"Invalid id: \"{id}\" (expecting \"ami-...\")"),
        _ => new("InvalidParameterValue", $"Value ({id}) for parameter is invalid. Expected: '{prefix}-...'."),
    };
}
