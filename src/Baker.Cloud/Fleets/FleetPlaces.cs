using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Filter = Amazon.EC2.Model.Filter;
using TargetGroup = Amazon.ElasticLoadBalancingV2.Model.TargetGroup;

namespace Baker.Cloud.Fleets;

/// <summary>Where a fleet runs, and behind which target groups.</summary>
public sealed class FleetPlaces(FleetContext context)
{
    /// <summary>The manifest's subnets or zones; else the live group's; else every zone that offers the instance type.</summary>
    public async Task<(List<string> Zones, string? Subnets)> OfAsync(FleetTarget target, AutoScalingGroup? like, CancellationToken stop)
    {
        var settings = target.Settings;
        if (!settings.Subnets.IsEmpty)
        {
            return ([], string.Join(',', settings.Subnets));
        }

        if (!settings.Zones.IsEmpty)
        {
            return ([.. settings.Zones], null);
        }

        if (like is not null)
        {
            return (like.AvailabilityZones ?? [], string.IsNullOrEmpty(like.VPCZoneIdentifier) ? null : like.VPCZoneIdentifier);
        }

        return (await ZonesOfferingAsync(target.Group.InstanceTypes.FirstOrDefault(), stop).ConfigureAwait(false), null);
    }

    /// <summary>The availability zones in which the fleet runs.</summary>
    public async Task<List<string>> ZonesAsync(FleetTarget target, AutoScalingGroup? like, CancellationToken stop)
    {
        var (zones, subnets) = await OfAsync(target, like, stop).ConfigureAwait(false);
        return subnets is null ? zones : await ZonesAsync(subnets.Split(','), stop).ConfigureAwait(false);
    }

    /// <summary>The zones in which a single instance of the group may run: those of its subnets or zones that offer its type.</summary>
    public async Task<List<string>> ZonesOfAsync(NodeGroup group, CancellationToken stop)
    {
        var offering = await ZonesOfferingAsync(group.InstanceTypes.FirstOrDefault(), stop).ConfigureAwait(false);
        IReadOnlyCollection<string> wanted = group.AvailabilityZones;
        if (!group.SubnetIds.IsEmpty)
        {
            wanted = await ZonesAsync(group.SubnetIds, stop).ConfigureAwait(false);
        }

        var both = wanted.Count == 0 ? offering : offering.FindAll(wanted.Contains);
        return both.Count > 0
            ? both
            : throw new BakerException(
                ExitCode.CloudFailed,
                $"No zone of {group.Name}'s ({string.Join(", ", wanted)}) offers {group.InstanceTypes.FirstOrDefault()}.",
                "Change \"instance_type\", or the zones or subnets.");
    }

    private async Task<List<string>> ZonesAsync(IEnumerable<string> subnets, CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeSubnetsAsync,
            new DescribeSubnetsRequest { SubnetIds = [.. subnets] },
            stop).ConfigureAwait(false);
        return [.. (reply.Subnets ?? []).Select(subnet => subnet.AvailabilityZone).Distinct()];
    }

    public async Task<List<string>> ZonesOfferingAsync(string? type, CancellationToken stop)
    {
        var zones = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeAvailabilityZonesAsync,
            new DescribeAvailabilityZonesRequest { Filters = [new Filter { Name = "state", Values = ["available"] }] },
            stop).ConfigureAwait(false);
        var names = (zones.AvailabilityZones ?? [])
            .Where(zone => zone.ZoneType is null or "availability-zone")
            .Select(zone => zone.ZoneName)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (type is null)
        {
            return names;
        }

        var request = new DescribeInstanceTypeOfferingsRequest
        {
            LocationType = Amazon.EC2.LocationType.AvailabilityZone,
            Filters = [new Filter { Name = "instance-type", Values = [type] }],
        };
        var offers = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeInstanceTypeOfferingsAsync,
            request,
            stop).ConfigureAwait(false);
        var offering = (offers.InstanceTypeOfferings ?? []).Select(offer => offer.Location).ToHashSet(StringComparer.Ordinal);
        var both = names.FindAll(offering.Contains);
        return both.Count > 0
            ? both
            : throw new BakerException(
                ExitCode.CloudFailed,
                $"No zone of {context.Clients.Region} offers {type}.",
                "Change \"instance_type\".");
    }

    /// <summary>The architectures of each type that the group's fleet may launch.</summary>
    public async Task<ImmutableArray<(string Type, ImmutableArray<string> Architectures)>> ArchitecturesAsync(
        FleetTarget target,
        CancellationToken stop)
    {
        var types = target.Settings.InstanceTypes;
        if (types.IsEmpty)
        {
            return [];
        }

        try
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.EC2.DescribeInstanceTypesAsync,
                new DescribeInstanceTypesRequest { InstanceTypes = [.. types] },
                stop).ConfigureAwait(false);
            return [.. (reply.InstanceTypes ?? []).Select(type =>
                (type.InstanceType.Value, (type.ProcessorInfo?.SupportedArchitectures ?? []).ToImmutableArray()))];
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidInstanceType")
        {
            return []; // the dry run of the launch says it better
        }
    }

    /// <summary>
    /// The target groups of these names or ARNs that exist; of <c>balancer:NAME</c> those that the balancer forwards to where no rule
    /// says otherwise.
    /// </summary>
    public async Task<List<TargetGroup>> TargetGroupsAsync(ImmutableArray<string> namesOrArns, CancellationToken stop)
    {
        var found = new List<TargetGroup>();
        foreach (var each in namesOrArns)
        {
            if (each.StartsWith("balancer:", StringComparison.Ordinal))
            {
                found.AddRange(await DefaultTargetGroupsAsync(each["balancer:".Length..], stop).ConfigureAwait(false));
                continue;
            }

            var request = each.StartsWith("arn:", StringComparison.Ordinal)
                ? new DescribeTargetGroupsRequest { TargetGroupArns = [each] }
                : new DescribeTargetGroupsRequest { Names = [each] };
            try
            {
                var reply = await context.Pacer.SendAsync(
                    context.Clients.ELBv2.DescribeTargetGroupsAsync,
                    request,
                    stop).ConfigureAwait(false);
                found.AddRange(reply.TargetGroups ?? []);
            }
            catch (TargetGroupNotFoundException)
            {
                // The preflight says so.
            }
        }

        return found;
    }

    private async Task<List<TargetGroup>> DefaultTargetGroupsAsync(string balancer, CancellationToken stop)
    {
        try
        {
            var balancers = await context.Pacer.SendAsync(
                context.Clients.ELBv2.DescribeLoadBalancersAsync,
                new Amazon.ElasticLoadBalancingV2.Model.DescribeLoadBalancersRequest { Names = [balancer] },
                stop).ConfigureAwait(false);
            var listeners = await context.Pacer.SendAsync(
                context.Clients.ELBv2.DescribeListenersAsync,
                new DescribeListenersRequest { LoadBalancerArn = balancers.LoadBalancers[0].LoadBalancerArn },
                stop).ConfigureAwait(false);
            var arns = (listeners.Listeners ?? [])
                .SelectMany(listener => listener.DefaultActions ?? [])
                .SelectMany(action => action.ForwardConfig?.TargetGroups?.Select(each => each.TargetGroupArn)
                    ?? (action.TargetGroupArn is { Length: > 0 } arn ? [arn] : []))
                .Distinct()
                .ToImmutableArray();
            return await TargetGroupsAsync(arns, stop).ConfigureAwait(false);
        }
        catch (LoadBalancerNotFoundException)
        {
            return []; // the preflight says so
        }
    }
}
