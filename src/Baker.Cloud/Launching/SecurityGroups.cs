using System.Collections.Immutable;
using Amazon.EC2.Model;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Launching;

/// <summary>Looks up security groups, which a group may name by id or by name. A name belongs to one VPC.</summary>
internal sealed class SecurityGroups(CloudClients clients, Pacer pacer)
{
    /// <param name="subnetId">The subnet that is launched into; its VPC is looked in. Else the group's <c>vpc_id</c>, else
    /// the default VPC.</param>
    /// <exception cref="BakerException">A name that the VPC does not have.</exception>
    public async Task<ImmutableArray<string>> IdsAsync(NodeGroup group, string? subnetId, CancellationToken stop)
    {
        var names = group.SecurityGroups.Where(each => !IsId(each)).ToList();
        if (names.Count == 0)
        {
            return [.. group.SecurityGroups.Distinct()];
        }

        var vpc = await VpcAsync(group, subnetId, stop).ConfigureAwait(false);
        var filters = new List<Filter> { new() { Name = "group-name", Values = names } };
        if (vpc is not null)
        {
            filters.Add(new Filter { Name = "vpc-id", Values = [vpc] });
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var request = new DescribeSecurityGroupsRequest { Filters = filters };
        var pages = pacer.PagesAsync(clients.EC2.DescribeSecurityGroupsAsync, request, reply => request.NextToken = reply.NextToken, stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var each in page.SecurityGroups ?? [])
            {
                found.TryAdd(each.GroupName, each.GroupId);
            }
        }

        var missing = names.Where(name => !found.ContainsKey(name)).ToList();
        return missing.Count == 0
            ? [.. group.SecurityGroups.Select(each => IsId(each) ? each : found[each]).Distinct()]
            : throw new BakerException(
                ExitCode.CloudFailed,
                $"{group.Name}: there is no security group {string.Join(", ", missing)} in {vpc ?? clients.Region}.",
                "Create it, or name another in \"security_groups\".");
    }

    /// <summary>The VPC that is launched into; null where the region has no default one.</summary>
    public async Task<string?> VpcAsync(NodeGroup group, string? subnetId, CancellationToken stop)
    {
        if (subnetId is not null)
        {
            var subnets = await pacer.SendAsync(
                clients.EC2.DescribeSubnetsAsync,
                new DescribeSubnetsRequest { SubnetIds = [subnetId] },
                stop).ConfigureAwait(false);
            return subnets.Subnets?.FirstOrDefault()?.VpcId;
        }

        return group.VpcId ?? await DefaultVpcAsync(stop).ConfigureAwait(false);
    }

    /// <summary>The region's default VPC; null where it has none.</summary>
    public async Task<string?> DefaultVpcAsync(CancellationToken stop)
    {
        var request = new DescribeVpcsRequest { Filters = [new Filter { Name = "is-default", Values = ["true"] }] };
        return (await pacer.SendAsync(clients.EC2.DescribeVpcsAsync, request, stop).ConfigureAwait(false)).Vpcs?.FirstOrDefault()?.VpcId;
    }

    private static bool IsId(string name) => name.StartsWith("sg-", StringComparison.Ordinal);
}
