using Amazon.EC2.Model;
using Baker.Cloud.Launching;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>
/// What is in the way of what is to be made, told before anything is changed: names that others have, subnets that do not fit.
/// </summary>
internal static class Obstacles
{
    /// <summary>Names of a kind of which there is one only.</summary>
    public static void Names(EnvironmentScope scope, ResourceKind kind, IEnumerable<string> taken)
    {
        var names = taken.ToHashSet(StringComparer.Ordinal);
        foreach (var resource in scope.Missing(kind).Where(each => names.Contains(each.Name)))
        {
            Taken(scope, resource);
        }
    }

    /// <summary>A security group's name is one in its VPC.</summary>
    public static async Task SecurityGroupsAsync(EnvironmentScope scope, CancellationToken stop)
    {
        foreach (var missing in scope.Missing(ResourceKind.SecurityGroup).Chunk(200))
        {
            var request = new DescribeSecurityGroupsRequest
            {
                Filters = [new Filter { Name = "group-name", Values = [.. missing.Select(each => each.Name).Distinct()] }],
            };
            var found = (await scope.Context.Pacer.SendAsync(
                scope.Clients.EC2.DescribeSecurityGroupsAsync,
                request,
                stop).ConfigureAwait(false)).SecurityGroups ?? [];
            var usual = found.Count > 0
                ? await new SecurityGroups(scope.Clients, scope.Context.Pacer).DefaultVpcAsync(stop).ConfigureAwait(false)
                : null;
            foreach (var resource in missing)
            {
                var vpc = resource["vpc"] is { Length: > 0 } named ? named : usual;
                if (found.Exists(group => group.GroupName == resource.Name && group.VpcId == vpc))
                {
                    Taken(scope, resource);
                }
            }
        }
    }

    /// <summary>The subnets of balancers that are to be made: each is there, all in one VPC, each in another zone.</summary>
    public static async Task SubnetsAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var missing = scope.Missing(ResourceKind.Balancer).Where(each => each["subnets"].Length > 0).ToList();
        var ids = missing.SelectMany(SubnetsOf).Distinct().ToList();
        if (ids.Count == 0)
        {
            return;
        }

        // By a filter, one that is not there is no error.
        var reply = await scope.Context.Pacer.SendAsync(
            scope.Clients.EC2.DescribeSubnetsAsync,
            new DescribeSubnetsRequest { Filters = [new Filter { Name = "subnet-id", Values = ids }] },
            stop).ConfigureAwait(false);
        var subnets = (reply.Subnets ?? []).ToDictionary(each => each.SubnetId, StringComparer.Ordinal);
        foreach (var balancer in missing)
        {
            var words = ResourceWords.Of(balancer);
            var there = SubnetsOf(balancer).Where(subnets.ContainsKey).Select(id => subnets[id]).ToList();
            foreach (var id in SubnetsOf(balancer).Where(id => !subnets.ContainsKey(id)))
            {
                scope.Obstacles.Add($"{words}: {id} is not in {scope.Region}");
            }

            if (there.GroupBy(each => each.AvailabilityZone).FirstOrDefault(zone => zone.Count() > 1) is { } same)
            {
                scope.Obstacles.Add($"{words}: {string.Join(" and ", same.Select(each => each.SubnetId))} are both in {same.Key}, and a "
                    + "balancer has one subnet in a zone");
            }

            if (there.Select(each => each.VpcId).Distinct().Count() > 1)
            {
                scope.Obstacles.Add($"{words}: its subnets are in several VPCs");
            }
        }
    }

    private static string[] SubnetsOf(Resource balancer) => balancer["subnets"].Split(", ");

    private static void Taken(EnvironmentScope scope, Resource resource) =>
        scope.Obstacles.Add($"{ResourceWords.Of(resource)}: there is one of that name already, which Baker did not make here");
}
