using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>A rolling update, by Auto Scaling's own instance refresh.</summary>
internal static class Refreshing
{
    public static async Task AddVersionAsync(FleetRun run, FleetStep.AddTemplateVersion step, CancellationToken stop)
    {
        var group = FleetReader.View(await Traffic.Need(run, step.Name, stop).ConfigureAwait(false));
        var (name, version) = await new LaunchTemplates(run.Context).AddVersionAsync(
            run.Target,
            step.Name,
            group.Template ?? "",
            step.Image,
            run.Journal.Run,
            stop).ConfigureAwait(false);
        run.Journal = run.Journal with { Template = $"{name}:{version}" };
        await run.Journals.WriteAsync(run.Journal, stop).ConfigureAwait(false);
    }

    /// <summary>
    /// The new version goes into the desired configuration only: the group keeps the old one until the refresh is through,
    /// and that is what a rollback goes back to.
    /// </summary>
    public static async Task StartAsync(FleetRun run, FleetStep.StartRefresh step, CancellationToken stop)
    {
        if (await CurrentAsync(run, step.Name, stop).ConfigureAwait(false) is { } mine && IsMine(run, mine))
        {
            return;
        }

        var (name, version) = run.Journal.Template!.Split(':') is [var n, var v]
            ? (n, v)
            : throw new InvalidOperationException(run.Journal.Template);
        var template = new LaunchTemplateSpecification { LaunchTemplateName = name, Version = version };
        var settings = run.Target.Settings;
        var request = new StartInstanceRefreshRequest
        {
            AutoScalingGroupName = step.Name,
            Strategy = RefreshStrategy.Rolling,
            DesiredConfiguration = settings.IsMixed
                ? new DesiredConfiguration
                {
                    MixedInstancesPolicy = await GroupFactory.MixedAsync(run, template, stop).ConfigureAwait(false),
                }
                : new DesiredConfiguration { LaunchTemplate = template },
            Preferences = new RefreshPreferences
            {
                // 100 and more: each batch is launched, and healthy, before as many of the old go.
                MinHealthyPercentage = 100,
                MaxHealthyPercentage = run.Journal.Capacity.Desired switch { <= 1 => 200, <= 10 => 150, _ => 120 },
                InstanceWarmup = settings.Warmup > TimeSpan.Zero ? (int)settings.Warmup.TotalSeconds : null,
                SkipMatching = true,
                AutoRollback = true,
                CheckpointPercentages = run.Journal.Capacity.Desired >= 4 ? [25, 50, 100] : null,
                CheckpointDelay = run.Journal.Capacity.Desired >= 4
                    ? (int)Math.Min(3600, Math.Max(0, run.Journal.Soak.TotalSeconds))
                    : null,
                BakeTime = run.Journal.Soak > TimeSpan.Zero ? (int)run.Journal.Soak.TotalSeconds : null,
                ScaleInProtectedInstances = ScaleInProtectedInstances.Wait,
                StandbyInstances = StandbyInstances.Wait,
                AlarmSpecification = run.Journal.Alarms.IsEmpty ? null : new AlarmSpecification { Alarms = [.. run.Journal.Alarms] },
            },
        };
        try
        {
            await run.Context.Pacer.SendOnceAsync(
                run.Context.Clients.AutoScaling.StartInstanceRefreshAsync,
                request,
                async token => await CurrentAsync(run, step.Name, token).ConfigureAwait(false) is { } begun && IsMine(run, begun)
                    ? new StartInstanceRefreshResponse { InstanceRefreshId = begun.InstanceRefreshId }
                    : null,
                stop).ConfigureAwait(false);
        }
        catch (InstanceRefreshInProgressException error)
        {
            if (await CurrentAsync(run, step.Name, stop).ConfigureAwait(false) is not { } other || !IsMine(run, other))
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"Another instance refresh of {step.Name} is under way.",
                    "Let it finish.",
                    error);
            }
        }
    }

    public static async Task AwaitAsync(FleetRun run, FleetStep.AwaitRefresh step, CancellationToken stop)
    {
        var say = run.Context.SayChanges();
        var withdrawn = new HashSet<string>(StringComparer.Ordinal);
        await run.Context.UntilAsync(IsThroughAsync, stop).ConfigureAwait(false);

        async Task<bool> IsThroughAsync()
        {
            await Announcing.WithdrawLeavingAsync(run, step.Name, withdrawn, stop).ConfigureAwait(false);
            var refresh = await CurrentAsync(run, step.Name, stop).ConfigureAwait(false);
            var status = refresh?.Status?.Value ?? "missing";
            var reason = string.IsNullOrEmpty(refresh?.StatusReason) ? null : refresh.StatusReason;
            run.Context.Report(new ChangeProgress.Part("replaced", refresh?.PercentageComplete ?? 0, reason));
            say($"  {status} {refresh?.PercentageComplete ?? 0} %{(reason is null ? "" : ": " + reason)}");
            return status is "Failed" or "Cancelled" or "RollbackFailed" or "RollbackSuccessful" or "missing"
                ? throw new UnhealthyException(
                    $"{step.Name}: the instance refresh ended {status}: "
                        + $"{refresh?.StatusReason}{await WhyAsync(run, step.Name, stop).ConfigureAwait(false)}")
                : status == "Successful";
        }
    }

    /// <summary>
    /// Rolls back the refresh that runs; one that has ended is left as it ended, and its new version stays or went with it.
    /// </summary>
    public static async Task BackAsync(FleetRun run, FleetStep.RollBackRefresh step, CancellationToken stop)
    {
        var isAsked = false;
        string? status = null;
        if (!await run.Context.UntilAsync(IsBackAsync, run.Context.RetireLimit, stop).ConfigureAwait(false))
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"The rollback of {step.Name} is {status} after {DurationText.Of(run.Context.RetireLimit)}.",
                "The same command goes on from here.");
        }

        async Task<bool> IsBackAsync()
        {
            var refresh = await CurrentAsync(run, step.Name, stop).ConfigureAwait(false);
            status = refresh?.Status?.Value;
            if (refresh is null || !IsMine(run, refresh) || status is "Failed" or "Cancelled" or "RollbackSuccessful")
            {
                return true;
            }

            if (status == "Successful")
            {
                // Nothing to roll back: the journal must say so too, or neither this command nor the update could end it.
                run.Journal = run.Journal with { Action = FleetAction.Roll, Step = "label" };
                await run.Journals.WriteAsync(run.Journal, stop).ConfigureAwait(false);
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"The instance refresh of {step.Name} is through: it cannot be rolled back any more.",
                    $"Finish with autoscale:update {run.Journal.Group}; then deploy the image that you want with --image ID.");
            }

            if (status == "RollbackFailed")
            {
                await run.Journals.DeleteAsync(run.Journal.Group, stop).ConfigureAwait(false);
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"AWS could not roll the instance refresh of {step.Name} back: {refresh.StatusReason}",
                    "Nothing is under way any more; deploy the image that you want with autoscale:update --image ID.");
            }

            if (!isAsked && status is not ("RollbackInProgress" or "Cancelling"))
            {
                try
                {
                    await run.Context.Pacer.SendAsync(
                        run.Context.Clients.AutoScaling.RollbackInstanceRefreshAsync,
                        new RollbackInstanceRefreshRequest { AutoScalingGroupName = step.Name },
                        stop).ConfigureAwait(false);
                }
                catch (ActiveInstanceRefreshNotFoundException)
                {
                    // It ended between the look and the call.
                }

                isAsked = true;
            }

            return false;
        }
    }

    public static async Task LabelAsync(FleetRun run, FleetStep.Label step, CancellationToken stop)
    {
        var tags = new Dictionary<string, string>
        {
            [FleetTags.Image] = step.Image,
            [BakerTags.Run] = run.Journal.Run,
        };
        if (run.Journal.Fingerprint.Length > 0)
        {
            tags[BakerTags.Fingerprint] = run.Journal.Fingerprint;
        }

        // The template is new by now, and the group itself is as it was made.
        var found = await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false);
        if (LaunchDigest.TryParse(found?.Tags?.Find(tag => tag.Key == FleetTags.Settings)?.Value) is { } settings)
        {
            var wanted = LaunchDigest.Of(run.Target.Group, run.Journal.OtherImages);
            tags[FleetTags.Settings] = (wanted with { Group = settings.Group }).ToString();
        }

        await run.Context.Pacer.SendAsync(
            run.Context.Clients.AutoScaling.CreateOrUpdateTagsAsync,
            new CreateOrUpdateTagsRequest
            {
                Tags = [.. tags.Select(pair => FleetTags.Of(step.Name, pair.Key, pair.Value))],
            },
            stop).ConfigureAwait(false);
    }

    private static async Task<InstanceRefresh?> CurrentAsync(FleetRun run, string name, CancellationToken stop)
    {
        var reply = await run.Context.Pacer.SendAsync(
            run.Context.Clients.AutoScaling.DescribeInstanceRefreshesAsync,
            new DescribeInstanceRefreshesRequest { AutoScalingGroupName = name, MaxRecords = 5 },
            stop).ConfigureAwait(false);
        return reply.InstanceRefreshes is [var newest, ..] ? newest : null;
    }

    private static bool IsMine(FleetRun run, InstanceRefresh refresh)
    {
        var template = refresh.DesiredConfiguration?.LaunchTemplate
            ?? refresh.DesiredConfiguration?.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
        return template is not null && $"{template.LaunchTemplateName}:{template.Version}" == run.Journal.Template;
    }

    private static async Task<string> WhyAsync(FleetRun run, string name, CancellationToken stop)
    {
        var failures = new LaunchFailures(run.Context);
        await failures.LookAsync(name, run.Journal.Capacity.Desired, run.StepBegan, stop).ConfigureAwait(false);
        return failures.Last is null ? "" : $"\n  last activity: {failures.Last}";
    }
}
