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
    private static readonly Filters<SecurityGroupRecord> s_filters = new Filters<SecurityGroupRecord>()
        .Add("group-id", g => g.Id)
        .Add("group-name", g => g.Name)
        .Add("description", g => g.Description)
        .Add("vpc-id", g => g.VpcId)
        .Add("owner-id", _ => Identifiers.AccountId)
        .AddMany("ip-permission.cidr", g => g.Rules.Where(r => !r.IsEgress).Select(r => r.CidrIpv4))
        .AddMany("ip-permission.protocol", g => g.Rules.Where(r => !r.IsEgress).Select(r => r.Protocol))
        .AddMany("ip-permission.from-port", g => g.Rules.Where(r => !r.IsEgress).Select(r => r.FromPort?.ToString()))
        .AddMany("ip-permission.to-port", g => g.Rules.Where(r => !r.IsEgress).Select(r => r.ToPort?.ToString()))
        .AddMany("ip-permission.group-id", g => g.Rules.Where(r => !r.IsEgress).Select(r => r.PeerGroupId))
        .AddTags(g => g.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateSecurityGroupRequest, CreateSecurityGroupResponse>(ServiceNames.Compute, Create);
        router.Handle<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResponse>(ServiceNames.Compute, Describe);
        router.Handle<DeleteSecurityGroupRequest, DeleteSecurityGroupResponse>(ServiceNames.Compute, Delete);
    }

    private CreateSecurityGroupResponse Create(Call call, CreateSecurityGroupRequest request)
    {
        var vpcId = string.IsNullOrEmpty(request.VpcId) ? compute.Networks.DefaultVpc(call.Region).Id : request.VpcId;
        compute.Networks.Ensure(call.Region);
        compute.Lookup.Find(call, compute.Tables.Vpcs, vpcId);
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

        var tags = TagText.For("security-group", request.TagSpecifications);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var group = Networks.MakeGroup(Identifiers.New("sg"), call.Region, vpcId, request.GroupName, request.Description, call.Now) with
        {
            Tags = tags,
        };
        compute.Tables.SecurityGroups.Put(group);
        return new CreateSecurityGroupResponse { GroupId = group.Id, Tags = TagText.ToModel(tags), SecurityGroupArn = ArnOf(group) };
    }

    private DescribeSecurityGroupsResponse Describe(Call call, DescribeSecurityGroupsRequest request)
    {
        compute.Networks.Ensure(call.Region);
        var filter = s_filters.Compile(request.Filters);
        foreach (var name in request.GroupNames ?? [])
        {
            if (!compute.Tables.SecurityGroups.All.Any(g => g.Region == call.Region && g.Name == name))
            {
                throw new CloudException("InvalidGroup.NotFound", $"The security group '{name}' does not exist");
            }
        }

        bool IsWanted(SecurityGroupRecord g) => request.GroupNames is not { Count: > 0 } names || names.Contains(g.Name);
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
        var group = request.GroupId is not null
            ? compute.Lookup.Find(call, compute.Tables.SecurityGroups, request.GroupId)
            : compute.Tables.SecurityGroups.All.FirstOrDefault(g => g.Region == call.Region && g.Name == request.GroupName)
                ?? throw new CloudException("InvalidGroup.NotFound", $"The security group '{request.GroupName}' does not exist");
        if (group.Name == "default")
        {
            throw new CloudException(
                "CannotDelete",
                "the specified group: \"" + group.Id + "\" name: \"default\" cannot be deleted by a user");
        }

        if (compute.Tables.Instances.All.Any(i => !i.IsTerminated && i.SecurityGroupIds.Contains(group.Id))
            || compute.Tables.SecurityGroups.All.Any(g => g.Id != group.Id && g.Rules.Any(r => r.PeerGroupId == group.Id)))
        {
            throw new CloudException("DependencyViolation", $"resource {group.Id} has a dependent object");
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.SecurityGroups.Remove(group.Id);
        return new DeleteSecurityGroupResponse { Return = true, GroupId = group.Id };
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
