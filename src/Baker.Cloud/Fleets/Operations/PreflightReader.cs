using System.Collections.Immutable;
using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Launching;
using Baker.Core.Planning;
using TargetGroup = Amazon.ElasticLoadBalancingV2.Model.TargetGroup;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Looks up what <see cref="Preflight"/> judges. Changes nothing.</summary>
public sealed class PreflightReader(FleetContext context)
{
    /// <param name="images">The image of the first architecture, then those of the others.</param>
    public async Task<PreflightFacts> ReadAsync(
        FleetTarget target,
        AutoScalingGroup? old,
        ImmutableArray<string> images,
        CancellationToken stop)
    {
        var image = images[0];
        var found = await new FleetImages(context).FindAsync(image, stop).ConfigureAwait(false);
        var architectures = new List<string>();
        foreach (var other in images[1..])
        {
            architectures.Add((await new FleetImages(context).FindAsync(other, stop).ConfigureAwait(false))?.Architecture?.Value ?? "");
        }

        var places = new FleetPlaces(context);
        var named = target.Settings.TargetGroups;
        var attached = named.IsEmpty ? [.. old?.TargetGroupARNs ?? []] : named;
        var groups = new List<TargetGroup>();
        var missing = new List<string>();
        foreach (var each in attached)
        {
            var there = await places.TargetGroupsAsync([each], stop).ConfigureAwait(false);
            groups.AddRange(there);
            missing.AddRange(there.Count == 0 ? [each] : []);
        }

        return new PreflightFacts
        {
            Region = context.Clients.Region,
            Image = image,
            ImageState = found?.State?.Value,
            ImageArchitecture = found?.Architecture?.Value,
            Old = old is null ? null : FleetReader.View(old),
            Refresh = old is null ? null : await RefreshAsync(old.AutoScalingGroupName, stop).ConfigureAwait(false),
            HasLattice = (old?.TrafficSources ?? []).Exists(source => source.Type == "vpc-lattice"),
            MissingTargetGroups = [.. missing],
            UnusedTargetGroups = [.. groups
                .Where(group => group.LoadBalancerArns is not { Count: > 0 })
                .Select(group => group.TargetGroupArn)],
            OtherArchitectures = [.. architectures],
            Types = await places.ArchitecturesAsync(target, stop).ConfigureAwait(false),
            LaunchRefusal = found is null ? null : await TryLaunchAsync(target, image, stop).ConfigureAwait(false),
        };
    }

    private async Task<string?> RefreshAsync(string fleet, CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(
            context.Clients.AutoScaling.DescribeInstanceRefreshesAsync,
            new DescribeInstanceRefreshesRequest { AutoScalingGroupName = fleet, MaxRecords = 1 },
            stop).ConfigureAwait(false);
        var last = reply.InstanceRefreshes is [{ } first, ..] ? first.Status?.Value : null;
        return last is "Pending" or "InProgress" or "Cancelling" or "RollbackInProgress" or "Baking" ? last : null;
    }

    /// <summary>EC2 checks a launch in full without doing it: permissions, types, security groups, devices.</summary>
    private async Task<string?> TryLaunchAsync(FleetTarget target, string image, CancellationToken stop)
    {
        var subnet = target.Settings.Subnets.FirstOrDefault();
        var request = LaunchRequests.Run(
            await new ImageLaunch(context).SpecAsync(target.Group, image, subnet, [], stop).ConfigureAwait(false));
        request.DryRun = true;
        try
        {
            await context.Pacer.SendAsync(context.Clients.EC2.RunInstancesAsync, request, stop).ConfigureAwait(false);
            return null;
        }
        catch (AmazonEC2Exception error)
        {
            return error.ErrorCode == "DryRunOperation" ? null : $"{error.ErrorCode}: {error.Message}";
        }
    }
}
