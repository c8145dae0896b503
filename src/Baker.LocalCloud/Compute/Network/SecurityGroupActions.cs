using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Security groups.</summary>
internal sealed class SecurityGroupActions(ComputeModel compute)
{
    private const int MostGroups = 2500;
    private const int LongestText = 255;
    private const string Marks = " ._-:/()#,@[]+=&;{}!$*";

    private readonly Filters<SecurityGroupRecord> _filters = AddRules(AddRules(new(), compute, isEgress: false), compute, isEgress: true)
        .Add("group-id", g => g.Id)
        .Add("group-name", g => g.Name)
        .Add("description", g => g.Description)
        .Add("vpc-id", g => g.VpcId)
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddTags(g => g.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateSecurityGroupRequest, CreateSecurityGroupResponse>(ServiceNames.Compute, Create);
        router.Handle<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResponse>(ServiceNames.Compute, Describe);
        router.Handle<DeleteSecurityGroupRequest, DeleteSecurityGroupResponse>(ServiceNames.Compute, Delete);
    }

    private static Filters<SecurityGroupRecord> AddRules(Filters<SecurityGroupRecord> filters, ComputeModel compute, bool isEgress)
    {
        var prefix = isEgress ? "egress.ip-permission." : "ip-permission.";
        Filters<SecurityGroupRecord> Add(string name, Func<RuleRecord, string?> value) =>
            filters.AddMany(prefix + name, group => group.Rules.Where(rule => rule.IsEgress == isEgress).Select(value));
        Add("cidr", rule => rule.CidrIpv4);
        Add("ipv6-cidr", rule => rule.CidrIpv6);
        Add("protocol", rule => rule.Protocol);
        Add("from-port", rule => rule.FromPort?.ToString(CultureInfo.InvariantCulture));
        Add("to-port", rule => rule.ToPort?.ToString(CultureInfo.InvariantCulture));
        Add("prefix-list-id", rule => rule.PrefixListId);
        Add("group-name", rule => compute.Tables.SecurityGroups.Find(rule.PeerGroupId)?.Name);
        Add("user-id", rule => rule.PeerGroupId is null ? null : Identifiers.AccountId);
        return Add("group-id", rule => rule.PeerGroupId);
    }

    private CreateSecurityGroupResponse Create(Call call, CreateSecurityGroupRequest request)
    {
        var vpcId = string.IsNullOrEmpty(request.VpcId) ? compute.Networks.DefaultVpc(call.Region).Id : request.VpcId;
        compute.Lookup.Find(call, compute.Tables.Vpcs, vpcId);
        CheckText("GroupName", request.GroupName);
        CheckText("GroupDescription", request.Description);
        if (request.GroupName == "default")
        {
            throw new CloudException("InvalidGroup.Reserved", "The name 'default' is reserved.");
        }

        if (compute.Tables.SecurityGroups.All.Any(g => g.VpcId == vpcId && g.Name == request.GroupName))
        {
            throw new CloudException(
                "InvalidGroup.Duplicate",
                $"The security group '{request.GroupName}' already exists for VPC '{vpcId}'");
        }

        if (request.GroupName.StartsWith("sg-", StringComparison.Ordinal))
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Invalid value '{request.GroupName}' for GroupName. Group names may not be in the format sg-*.");
        }

        if (compute.Tables.SecurityGroups.All.Count(g => g.Region == call.Region) >= MostGroups)
        {
            throw new CloudException("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "security-group");
        var tags = TagText.For("security-group", request.TagSpecifications);
        CloudException.StopDryRun(request.DryRun);

        var group = Networks.MakeGroup(Identifiers.New("sg"), call.Region, vpcId, request.GroupName, request.Description, call.Now) with
        {
            Tags = tags,
        };
        compute.Tables.SecurityGroups.Put(group);
        return new CreateSecurityGroupResponse { GroupId = group.Id, Tags = TagText.ToModel(tags), SecurityGroupArn = ArnOf(group) };
    }

    private DescribeSecurityGroupsResponse Describe(Call call, DescribeSecurityGroupsRequest request)
    {
        var filter = _filters.Compile(request.Filters);
        foreach (var name in request.GroupNames ?? [])
        {
            Find(compute, call, null, name);
        }

        bool IsWanted(SecurityGroupRecord g) =>
            request.GroupNames is not { Count: > 0 } names || (g.VpcId == Networks.DefaultVpcId(g.Region) && names.Contains(g.Name));
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.SecurityGroups,
            request.GroupIds,
            g => IsWanted(g) && filter(g),
            request.MaxResults,
            request.NextToken);
        return new DescribeSecurityGroupsResponse { NextToken = next, SecurityGroups = [.. items.Select(View)] };
    }

    private DeleteSecurityGroupResponse Delete(Call call, DeleteSecurityGroupRequest request)
    {
        var group = Find(compute, call, request.GroupId, request.GroupName);
        if (group.Name == "default")
        {
            throw new CloudException(
                "CannotDelete",
                "the specified group: \"" + group.Id + "\" name: \"default\" cannot be deleted by a user");
        }

        if (compute.Interfaces.AnyWithGroup(group)
            || compute.Tables.SecurityGroups.All.Any(g => g.Id != group.Id && g.Rules.Any(r => r.PeerGroupId == group.Id)))
        {
            throw new CloudException("DependencyViolation", $"resource {group.Id} has a dependent object");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.SecurityGroups.Remove(group.Id);
        return new DeleteSecurityGroupResponse { Return = true, GroupId = group.Id };
    }

    /// <summary>A group by its id, or by its name in the default network, where names alone suffice.</summary>
    public static SecurityGroupRecord Find(ComputeModel compute, Call call, string? id, string? name)
    {
        if (id is { Length: > 0 })
        {
            return id.StartsWith("sg-", StringComparison.Ordinal)
                ? compute.Lookup.Find(call, compute.Tables.SecurityGroups, id)
                : throw new CloudException("InvalidGroupId.Malformed", $"Invalid id: \"{id}\" (expecting \"sg-...\")");
        }

        var vpcId = Networks.DefaultVpcId(call.Region);
        return name is not { Length: > 0 }
            ? throw CloudException.Missing("GroupId")
            : compute.Tables.SecurityGroups.All.FirstOrDefault(g => g.VpcId == vpcId && g.Name == name && compute.Lookup.IsVisible(call, g))
                ?? throw new CloudException(
                    "InvalidGroup.NotFound",
                    $"The security group '{name}' does not exist in default VPC '{vpcId}'");
    }

    private static void CheckText(string parameter, string value)
    {
        if (value.Length is 0 or > LongestText || !value.All(each => char.IsAsciiLetterOrDigit(each) || Marks.Contains(each)))
        {
            throw new CloudException(
                "InvalidParameterValue",
                $"Value ({value}) for parameter {parameter} is invalid. It has 1 to {LongestText} letters and digits of ASCII, "
                    + $"and of {Marks.Trim()}");
        }
    }

    private static string ArnOf(SecurityGroupRecord group) =>
        $"arn:aws:ec2:{group.Region}:{Identifiers.AccountId}:security-group/{group.Id}";

    private static SecurityGroup View(SecurityGroupRecord group) => new()
    {
        GroupId = group.Id,
        GroupName = group.Name,
        Description = group.Description,
        VpcId = group.VpcId,
        OwnerId = Identifiers.AccountId,
        SecurityGroupArn = ArnOf(group),
        IpPermissions = RuleView.Permissions(group.Rules.Where(r => !r.IsEgress)),
        IpPermissionsEgress = RuleView.Permissions(group.Rules.Where(r => r.IsEgress)),
        Tags = TagText.ToModel(group.Tags),
    };
}
