using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Tag = Amazon.AutoScaling.Model.Tag;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Makes the new Auto Scaling group, empty, and gives it its size.</summary>
internal static class GroupFactory
{
    public static async Task CreateAsync(FleetRun run, FleetStep.CreateGroup step, CancellationToken stop)
    {
        var context = run.Context;
        if (await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false) is { } existing)
        {
            Own(run, existing);
            return;
        }

        var like = step.Like is null ? null : await run.Reader.FindAsync(step.Like, stop).ConfigureAwait(false)
            ?? throw new BakerException(
                ExitCode.CloudFailed,
                $"{step.Like} is gone, the group to take over from.",
                "autoscale:rollback takes back what was begun; then autoscale:run.");
        var request = await RequestAsync(run, step, like, stop).ConfigureAwait(false);
        request.LifecycleHookSpecificationList = await HooksAsync(run, like, stop).ConfigureAwait(false) is { Count: > 0 } hooks
            ? hooks
            : null;
        try
        {
            await context.Pacer.SendAsync(context.Clients.AutoScaling.CreateAutoScalingGroupAsync, request, stop).ConfigureAwait(false);
        }
        catch (AlreadyExistsException)
        {
            // Somebody else's, or an earlier reply was lost.
            Own(run, await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false));
        }

        if (like is not null)
        {
            await FleetCopy.NotificationsAndMetricsAsync(run, like, step.Name, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Desired and minimum are the same while the update runs: a policy must not shrink what is not serving yet.</summary>
    public static Task LaunchAsync(FleetRun run, FleetStep.Launch step, CancellationToken stop) => SizeAsync(
        run.Context,
        step.Name,
        new Capacity(step.Capacity.Desired, Math.Max(step.Capacity.Max, step.Capacity.Desired), step.Capacity.Desired),
        stop);

    /// <summary>Sizes the new group to the old one's desired capacity where that has grown meanwhile, and waits for health.</summary>
    public static async Task MatchAsync(FleetRun run, FleetStep.MatchCapacity step, CancellationToken stop)
    {
        var old = await run.Reader.FindAsync(step.With, stop).ConfigureAwait(false);
        var fresh = await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false)
            ?? throw new UnhealthyException($"{step.Name} is gone.");
        var wanted = old?.DesiredCapacity ?? 0;

        // Where a person has sized the new one, only what the old one has grown since counts.
        var isSized = run.Journal.Asked is not null || (fresh.Tags?.Exists(tag => tag.Key == FleetTags.Size) ?? false);
        if (wanted > (fresh.DesiredCapacity ?? 0) && !(isSized && wanted <= run.Journal.Capacity.Desired))
        {
            run.Context.Say($"  {step.With} has grown to {wanted} meanwhile");
            await SizeAsync(
                run.Context,
                step.Name,
                new Capacity(wanted, Math.Max(fresh.MaxSize ?? 0, wanted), wanted),
                stop).ConfigureAwait(false);
        }

        await run.Health.UntilHealthyAsync(step.Name, run.Journal.Alarms, stop).ConfigureAwait(false);
    }

    /// <summary>The minimum was held at the desired size; where something else has set it since, that stays.</summary>
    public static async Task RestoreMinimumAsync(FleetRun run, FleetStep.RestoreMinimum step, CancellationToken stop)
    {
        var group = await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false);
        var given = Capacity.TryParse(group?.Tags?.Find(tag => tag.Key == FleetTags.Size)?.Value);
        var (min, least, max) = (group?.MinSize ?? 0, given?.Min ?? step.Min, given?.Max ?? run.Journal.SizeOfNew.Max);
        if (group is not null && (min > least || (group.MaxSize ?? 0) > max))
        {
            var request = new UpdateAutoScalingGroupRequest
            {
                AutoScalingGroupName = step.Name,
                MinSize = least,
                MaxSize = Math.Max(max, group.DesiredCapacity ?? 0),
            };
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.UpdateAutoScalingGroupAsync,
                request,
                stop).ConfigureAwait(false);
        }

        if (given is not null)
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.DeleteTagsAsync,
                new DeleteTagsRequest { Tags = [FleetTags.Of(step.Name, FleetTags.Size, given.ToText())] },
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sizes the new group of an update while both serve: held at its size as before, and its bounds noted for when it serves alone.
    /// </summary>
    public static async Task SizeBesideAsync(FleetContext context, string name, Capacity capacity, CancellationToken stop)
    {
        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
            new CreateOrUpdateTagsRequest { Tags = [FleetTags.Of(name, FleetTags.Size, capacity.ToText())] },
            stop).ConfigureAwait(false);
        await SizeAsync(context, name, capacity with { Min = capacity.Desired }, stop).ConfigureAwait(false);
    }

    /// <summary>With fewer requests its own policies would shrink it, just when it may get all of them back.</summary>
    public static async Task PinAsync(FleetRun run, FleetStep.Pin step, CancellationToken stop)
    {
        var group = await Traffic.Need(run, step.Name, stop).ConfigureAwait(false);
        if ((group.DesiredCapacity ?? 0) > (group.MinSize ?? 0))
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.UpdateAutoScalingGroupAsync,
                new UpdateAutoScalingGroupRequest { AutoScalingGroupName = step.Name, MinSize = group.DesiredCapacity },
                stop).ConfigureAwait(false);
        }
    }

    public static Task SizeAsync(FleetContext context, string name, Capacity capacity, CancellationToken stop) => context.Pacer.SendAsync(
        context.Clients.AutoScaling.UpdateAutoScalingGroupAsync,
        new UpdateAutoScalingGroupRequest
        {
            AutoScalingGroupName = name,
            MinSize = capacity.Min,
            MaxSize = capacity.Max,
            DesiredCapacity = capacity.Desired,
        },
        stop);

    private static void Own(FleetRun run, AutoScalingGroup? group)
    {
        if (group?.Tags?.Find(tag => tag.Key == BakerTags.Run)?.Value != run.Journal.Run)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"There is an Auto Scaling group {run.Journal.New} already, of another run.",
                "See autoscale:status.");
        }
    }

    private static async Task<CreateAutoScalingGroupRequest> RequestAsync(
        FleetRun run,
        FleetStep.CreateGroup step,
        AutoScalingGroup? like,
        CancellationToken stop)
    {
        var settings = run.Target.Settings;
        var places = new FleetPlaces(run.Context);
        var (zones, subnets) = await places.OfAsync(run.Target, like, stop).ConfigureAwait(false);
        var targetGroups = run.Journal.Canary is { HasWeights: true }
            ? [.. (await Weighing.MirrorsAsync(run.Context, run.Journal, stop).ConfigureAwait(false)).Values]
            : settings.TargetGroups.IsEmpty && like is not null
            ? like.TargetGroupARNs ?? []
            : [.. (await places.TargetGroupsAsync(settings.TargetGroups, stop).ConfigureAwait(false)).Select(group =>
                group.TargetGroupArn)];
        var template = new LaunchTemplateSpecification { LaunchTemplateName = step.Name, Version = "1" };
        return new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = step.Name,
            LaunchTemplate = settings.IsMixed ? null : template,
            MixedInstancesPolicy = settings.IsMixed ? await MixedAsync(run, template, stop).ConfigureAwait(false) : null,
            MinSize = 0,
            DesiredCapacity = 0,
            MaxSize = Math.Max(step.Capacity.Max, step.Capacity.Desired),
            AvailabilityZones = subnets is null ? zones : null,
            VPCZoneIdentifier = subnets,
            TargetGroupARNs = targetGroups.Count > 0 ? targetGroups : null,
            LoadBalancerNames = like?.LoadBalancerNames is { Count: > 0 } classic ? classic : null,
            HealthCheckType = settings.HealthCheck.ToString(),
            HealthCheckGracePeriod = (int)settings.Grace.TotalSeconds,
            DefaultInstanceWarmup = settings.Warmup > TimeSpan.Zero ? (int)settings.Warmup.TotalSeconds : like?.DefaultInstanceWarmup,
            TerminationPolicies = [.. settings.TerminationPolicies],
            Tags = Tags(run, step.Name, like),
            DefaultCooldown = like?.DefaultCooldown,
            PlacementGroup = Text(like?.PlacementGroup),
            MaxInstanceLifetime = like?.MaxInstanceLifetime is > 0 and var lifetime ? lifetime : null,
            CapacityRebalance = like?.CapacityRebalance is true ? true : null,
            NewInstancesProtectedFromScaleIn = like?.NewInstancesProtectedFromScaleIn is true ? true : null,
            ServiceLinkedRoleARN = Text(like?.ServiceLinkedRoleARN),
            Context = Text(like?.Context),
            DesiredCapacityType = Text(like?.DesiredCapacityType),
            InstanceMaintenancePolicy = like?.InstanceMaintenancePolicy is { MinHealthyPercentage: >= 0 } policy ? policy : null,
        };
    }

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;

    /// <summary>
    /// A policy with an override for each type. The template names the image of the first architecture; a type of another names its own,
    /// which Auto Scaling launches it from.
    /// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateOverrides.html
    /// </summary>
    internal static async Task<MixedInstancesPolicy> MixedAsync(
        FleetRun run,
        LaunchTemplateSpecification template,
        CancellationToken stop)
    {
        var images = await OtherImagesAsync(run, stop).ConfigureAwait(false);
        return Mixed(run.Target.Settings, template, type => images.GetValueOrDefault(type));
    }

    /// <summary>The image of each type that cannot run the first one.</summary>
    private static async Task<Dictionary<string, string>> OtherImagesAsync(FleetRun run, CancellationToken stop)
    {
        var byType = new Dictionary<string, string>(StringComparer.Ordinal);
        if (run.Journal.OtherImages.IsEmpty)
        {
            return byType;
        }

        var finder = new FleetImages(run.Context);
        var main = (await finder.FindAsync(run.Journal.Image, stop).ConfigureAwait(false))?.Architecture?.Value;
        var types = await new FleetPlaces(run.Context).ArchitecturesAsync(run.Target, stop).ConfigureAwait(false);
        foreach (var id in run.Journal.OtherImages)
        {
            var architecture = (await finder.FindAsync(id, stop).ConfigureAwait(false))?.Architecture?.Value;
            foreach (var (type, supported) in types.Where(each => !each.Architectures.Contains(main ?? "")))
            {
                if (supported.Contains(architecture ?? ""))
                {
                    byType[type] = id;
                }
            }
        }

        return byType;
    }

    private static MixedInstancesPolicy Mixed(
        FleetSettings settings,
        LaunchTemplateSpecification template,
        Func<string, string?> imageOf)
    {
        var overrides = settings.InstanceTypes.Select(type => new LaunchTemplateOverrides { InstanceType = type, ImageId = imageOf(type) });
        return new MixedInstancesPolicy
        {
            LaunchTemplate = new LaunchTemplate { LaunchTemplateSpecification = template, Overrides = [.. overrides] },
            InstancesDistribution = new InstancesDistribution
            {
                OnDemandBaseCapacity = settings.OnDemandBase,
                OnDemandPercentageAboveBaseCapacity = 100 - settings.SpotShare,
                OnDemandAllocationStrategy = "prioritized",
                SpotAllocationStrategy = settings.SpotShare > 0 ? "price-capacity-optimized" : null,
            },
        };
    }

    private static List<Tag> Tags(FleetRun run, string name, AutoScalingGroup? like)
    {
        var group = run.Target.Group;
        var tags = new List<Tag>
        {
            Make(BakerTags.Run, run.Journal.Run, false),
            Make(FleetTags.Image, run.Journal.Image, false),
        };
        if (run.Journal.Fingerprint.Length > 0)
        {
            tags.Add(Make(BakerTags.Fingerprint, run.Journal.Fingerprint, false));
        }

        tags.Add(Make(FleetTags.Settings, LaunchDigest.Of(run.Target.Group, run.Journal.OtherImages).ToString(), false));
        tags.AddRange(FleetTags.Lasting(run.Context, group)
            .Where(pair => !tags.Exists(tag => tag.Key == pair.Key))
            .Select(pair => Make(pair.Key, pair.Value, true)));

        // Tags that somebody added to the live group by hand go along; Baker's own do not.
        foreach (var tag in (like?.Tags ?? []).Where(tag => !tag.Key.StartsWith("aws:", StringComparison.Ordinal)
            && !tag.Key.StartsWith("baker:", StringComparison.Ordinal)
            && !tags.Exists(each => each.Key == tag.Key)))
        {
            // With such a key on an instance that is told its tags, EC2 would launch none.
            var suits = Shapes.IsPlainTagKey(tag.Key) || !ImageLaunch.KnowsItsTags(run.Context, group);
            tags.Add(Make(tag.Key, tag.Value, suits && (tag.PropagateAtLaunch ?? false)));
        }

        return tags;

        Tag Make(string key, string value, bool propagate) => FleetTags.Of(name, key, value, propagate);
    }

    /// <summary>The manifest's hooks, and those of the live group that it does not name.</summary>
    private static async Task<List<LifecycleHookSpecification>> HooksAsync(FleetRun run, AutoScalingGroup? like, CancellationToken stop)
    {
        var hooks = run.Target.Settings.Hooks.Select(hook => new LifecycleHookSpecification
        {
            LifecycleHookName = hook.Name,
            LifecycleTransition = hook.OnLaunch ? "autoscaling:EC2_INSTANCE_LAUNCHING" : "autoscaling:EC2_INSTANCE_TERMINATING",
            HeartbeatTimeout = (int)hook.Timeout.TotalSeconds,
            DefaultResult = hook.DefaultResult,
            NotificationTargetARN = hook.NotificationTarget,
            RoleARN = hook.RoleArn,
            NotificationMetadata = hook.Metadata,
        }).ToList();
        if (like is not null)
        {
            var reply = await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.DescribeLifecycleHooksAsync,
                new DescribeLifecycleHooksRequest { AutoScalingGroupName = like.AutoScalingGroupName },
                stop).ConfigureAwait(false);
            hooks.AddRange((reply.LifecycleHooks ?? [])
                .Where(hook => !hooks.Exists(each => each.LifecycleHookName == hook.LifecycleHookName))
                .Select(hook => new LifecycleHookSpecification
                {
                    LifecycleHookName = hook.LifecycleHookName,
                    LifecycleTransition = hook.LifecycleTransition,
                    HeartbeatTimeout = hook.HeartbeatTimeout,
                    DefaultResult = hook.DefaultResult,
                    NotificationTargetARN = Text(hook.NotificationTargetARN),
                    RoleARN = Text(hook.RoleARN),
                    NotificationMetadata = Text(hook.NotificationMetadata),
                }));
        }

        return hooks;
    }
}
