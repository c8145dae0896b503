using System.Collections.Immutable;
using System.Globalization;
using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using AutoScalingFilter = Amazon.AutoScaling.Model.Filter;

namespace Baker.Cloud.Fleets;

/// <summary>Reads Auto Scaling groups, and their instances from all sides.</summary>
public sealed class FleetReader(FleetContext context)
{
    /// <summary>The Auto Scaling groups tagged with the node group, without those that are being deleted.</summary>
    public async Task<List<AutoScalingGroup>> OfNodeGroupAsync(GroupName group, CancellationToken stop) =>
        (await OfNodeGroupWithDeletedAsync(group, stop).ConfigureAwait(false)).FindAll(each => string.IsNullOrEmpty(each.Status));

    public Task<List<AutoScalingGroup>> OfNodeGroupWithDeletedAsync(GroupName group, CancellationToken stop) =>
        SeenAsync(new DescribeAutoScalingGroupsRequest
        {
            Filters = [new AutoScalingFilter { Name = "tag:" + BakerTags.UserGroup, Values = [group] }, .. context.Scope.Fleets],
        }, stop);

    /// <summary>Whether Baker has made an Auto Scaling group for the node group, which may be on its way out.</summary>
    public async Task<bool> HasOfBakerAsync(GroupName group, CancellationToken stop) =>
        (await OfNodeGroupWithDeletedAsync(group, stop).ConfigureAwait(false))
            .Exists(each => each.Tags?.Exists(tag => tag.Key == BakerTags.Group) ?? false);

    /// <summary>Every group that carries the tag, whatever its value.</summary>
    public Task<List<AutoScalingGroup>> OfAllNodeGroupsAsync(CancellationToken stop) =>
        SeenAsync(
            new DescribeAutoScalingGroupsRequest
            {
                Filters = [new AutoScalingFilter { Name = "tag-key", Values = [BakerTags.UserGroup] }, .. context.Scope.Fleets],
            },
            stop);

    /// <summary>The names of all Auto Scaling groups of the account, and the launch templates that they launch from.</summary>
    public async Task<(HashSet<string> Names, HashSet<string> Templates)> EverywhereAsync(CancellationToken stop)
    {
        var all = await AllAsync(new DescribeAutoScalingGroupsRequest(), stop).ConfigureAwait(false);
        return (
            all.Select(group => group.AutoScalingGroupName).ToHashSet(StringComparer.Ordinal),
            all.SelectMany(TemplatesOf).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Null where there is none, or it is as good as gone.</summary>
    public async Task<AutoScalingGroup?> FindAsync(string name, CancellationToken stop)
    {
        var found = await AllAsync(new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = [name] }, stop).ConfigureAwait(false);
        return found.Find(each => string.IsNullOrEmpty(each.Status));
    }

    /// <exception cref="BakerException">There is no such group any more.</exception>
    public async Task<FleetView> NeedAsync(string name, CancellationToken stop) =>
        await FindAsync(name, stop).ConfigureAwait(false) is { } group
            ? View(group)
            : throw new BakerException(ExitCode.CloudFailed, $"The Auto Scaling group {name} is gone.", "See autoscale:status.");

    /// <summary>The group alone, its instances as Auto Scaling sees them.</summary>
    public static FleetView View(AutoScalingGroup group) => new()
    {
        Name = group.AutoScalingGroupName,
        Capacity = new Capacity(group.MinSize ?? 0, group.MaxSize ?? 0, group.DesiredCapacity ?? 0),
        Created = new DateTimeOffset(group.CreatedTime?.ToUniversalTime() ?? default, TimeSpan.Zero),
        Status = string.IsNullOrEmpty(group.Status) ? null : group.Status,
        Suspended = [.. (group.SuspendedProcesses ?? []).Select(process => process.ProcessName)],
        TargetGroups = [.. group.TargetGroupARNs ?? []],
        HasDeletionProtection = group.DeletionProtection is { } protection && protection.Value is not (null or "" or "none"),
        Tags = (group.Tags ?? []).ToImmutableDictionary(tag => tag.Key, tag => tag.Value ?? ""),
        Template = (group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification) is { } template
            ? $"{template.LaunchTemplateName}:{(string.IsNullOrEmpty(template.Version) ? "$Default" : template.Version)}"
            : null,
        Held = FleetHold.TryParse(group.Tags?.Find(tag => tag.Key == FleetTags.Minimum)?.Value),
        Instances = [.. (group.Instances ?? []).Select(View)],
    };

    /// <summary>The group with its instances' status checks and their health in the target groups: one look, from all sides.</summary>
    public async Task<FleetView?> LookAsync(string name, IEnumerable<string> targetGroups, CancellationToken stop)
    {
        if (await FindAsync(name, stop).ConfigureAwait(false) is not { } group)
        {
            return null;
        }

        var view = View(group);
        if (view.Instances.IsEmpty)
        {
            return view;
        }

        var checks = await StatusChecksAsync(view.Instances.Select(instance => instance.Id), stop).ConfigureAwait(false);
        var targets = await TargetsAsync(targetGroups, stop).ConfigureAwait(false);
        return view with
        {
            Instances = [.. view.Instances.Select(instance => instance with
            {
                StatusChecks = checks.GetValueOrDefault(instance.Id, "unknown"),
                Targets = [.. targets[instance.Id]],
            })],
        };
    }

    /// <summary>Every target of these groups, by instance.</summary>
    public async Task<ILookup<string, TargetView>> TargetsAsync(IEnumerable<string> targetGroups, CancellationToken stop)
    {
        var targets = new List<(string Instance, TargetView View)>();
        foreach (var arn in targetGroups)
        {
            DescribeTargetHealthResponse health;
            try
            {
                health = await context.Pacer.SendAsync(
                    context.Clients.ELBv2.DescribeTargetHealthAsync,
                    new DescribeTargetHealthRequest { TargetGroupArn = arn },
                    stop).ConfigureAwait(false);
            }
            catch (TargetGroupNotFoundException)
            {
                continue; // an Auto Scaling group keeps one that somebody has deleted
            }

            context.Seen?.Note(
                arn,
                (health.TargetHealthDescriptions ?? []).Count(each => each.TargetHealth?.State?.Value == "healthy"));
            targets.AddRange((health.TargetHealthDescriptions ?? []).Select(each => (
                each.Target.Id,
                new TargetView(
                    arn,
                    each.TargetHealth?.State?.Value ?? "unknown",
                    each.TargetHealth?.Reason?.Value,
                    each.TargetHealth?.Description,
                    each.Target.Port))));
        }

        return targets.ToLookup(each => each.Instance, each => each.View);
    }

    private static IEnumerable<string> TemplatesOf(AutoScalingGroup group) =>
        (group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [])
            .Select(each => each.LaunchTemplateSpecification)
            .Append(group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification)
            .Append(group.LaunchTemplate)
            .Select(template => template?.LaunchTemplateName)
            .OfType<string>();

    private static FleetInstance View(Amazon.AutoScaling.Model.Instance instance) => new()
    {
        Id = instance.InstanceId,
        Type = instance.InstanceType ?? "",
        Zone = instance.AvailabilityZone ?? "",
        Lifecycle = instance.LifecycleState?.Value ?? "",
        IsMarkedHealthy = string.Equals(instance.HealthStatus, "Healthy", StringComparison.OrdinalIgnoreCase),
        IsProtected = instance.ProtectedFromScaleIn ?? false,
    };

    /// <summary>EC2's status checks in one word, by instance; those that it does not know are not in it.</summary>
    public async Task<Dictionary<string, string>> StatusChecksAsync(IEnumerable<string> instances, CancellationToken stop)
    {
        var checks = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var ids in instances.Chunk(100))
        {
            DescribeInstanceStatusResponse reply;
            try
            {
                reply = await context.Pacer.SendAsync(
                    context.Clients.EC2.DescribeInstanceStatusAsync,
                    new DescribeInstanceStatusRequest { InstanceIds = [.. ids], IncludeAllInstances = true },
                    stop).ConfigureAwait(false);
            }
            catch (Amazon.EC2.AmazonEC2Exception error) when (error.ErrorCode == "InvalidInstanceID.NotFound")
            {
                continue; // EC2 does not know one of them yet: the next look asks again
            }

            foreach (var status in reply.InstanceStatuses ?? [])
            {
                checks[status.InstanceId] = Word(status);
            }
        }

        return checks;
    }

    private static string Word(InstanceStatus status)
    {
        if (status.InstanceState?.Name is { } state && state != Amazon.EC2.InstanceStateName.Running)
        {
            return state.Value;
        }

        var (instance, system) = (status.Status?.Status?.Value ?? "ok", status.SystemStatus?.Status?.Value ?? "ok");
        return instance == "ok" ? system : string.Create(CultureInfo.InvariantCulture, $"{instance}");
    }

    private async Task<List<AutoScalingGroup>> SeenAsync(DescribeAutoScalingGroupsRequest request, CancellationToken stop)
    {
        var found = await AllAsync(request, stop).ConfigureAwait(false);
        return found.FindAll(group => context.Scope.Has(group.Tags?.Find(tag => tag.Key == BakerTags.Environment)?.Value));
    }

    private async Task<List<AutoScalingGroup>> AllAsync(DescribeAutoScalingGroupsRequest request, CancellationToken stop)
    {
        var groups = new List<AutoScalingGroup>();
        request.MaxRecords = 100;
        var pages = context.Pacer.PagesAsync(
            context.Clients.AutoScaling.DescribeAutoScalingGroupsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            groups.AddRange(page.AutoScalingGroups ?? []);
        }

        return groups;
    }
}
