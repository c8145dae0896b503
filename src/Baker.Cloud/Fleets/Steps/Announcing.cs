using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>What a group's nodes have in the catalogue of services: withdrawn before they go, announced when they serve again.</summary>
internal static class Announcing
{
    /// <summary>Fails where the catalogue that these steps ask does not answer.</summary>
    public static Task RequireAsync(FleetTarget target, FleetJournal journal, IEnumerable<FleetStep> steps, CancellationToken stop) =>
        !journal.Services.IsEmpty
        && target.Services is { } services
        && steps.Any(step => step is FleetStep.Withdraw or FleetStep.Announce or FleetStep.RemoveEntries or FleetStep.AwaitRefresh)
            ? services.RequireAsync(stop)
            : Task.CompletedTask;

    public static Task WithdrawAsync(FleetRun run, FleetStep.Withdraw step, CancellationToken stop) => ForMembersAsync(
        run,
        step.Name,
        _ => true,
        async (services, all) =>
        {
            if (step.Instead is { } fresh)
            {
                await AwaitAnnouncedAsync(run, services, step.Name, all, fresh, stop).ConfigureAwait(false);
            }

            await services.WithdrawAsync(run.Journal.Services, all, stop).ConfigureAwait(false);
        },
        stop);

    /// <summary>Withdraws what nodes of a group that ends have announced again since they were withdrawn: a converge does that.</summary>
    public static Task WithdrawAnewAsync(FleetRun run, string name, CancellationToken stop) => ForMembersAsync(
        run,
        name,
        _ => true,
        async (services, all) =>
        {
            if ((await services.ServingAsync(run.Journal.Services, all, stop).ConfigureAwait(false)).Count > 0)
            {
                await services.WithdrawAsync(run.Journal.Services, all, stop).ConfigureAwait(false);
            }
        },
        stop);

    /// <summary>Withdraws the nodes that Auto Scaling has begun to end; whom it picks is not known before.</summary>
    /// <param name="known">Those that were withdrawn before; they are more after it.</param>
    public static Task WithdrawLeavingAsync(FleetRun run, string name, HashSet<string> known, CancellationToken stop) =>
        ForMembersAsync(
            run,
            name,
            instance => instance.Lifecycle.StartsWith("Terminating", StringComparison.Ordinal) && known.Add(instance.Id),
            (services, leaving) => services.WithdrawAsync(run.Journal.Services, leaving, stop),
            stop);

    public static Task AnnounceAsync(FleetRun run, string name, CancellationToken stop) => ForMembersAsync(
        run,
        name,
        instance => instance.Lifecycle == "InService",
        (services, serving) => services.AnnounceAsync(run.Journal.Services, serving, stop),
        stop);

    public static Task RemoveGoneAsync(FleetRun run, CancellationToken stop) =>
        run.Target.Services?.RemoveGoneAsync(run.Journal.Services, stop) ?? Task.CompletedTask;

    /// <summary>Nodes announce a service only after a good converge: until then it would serve nowhere, or on fewer nodes.</summary>
    private static async Task AwaitAnnouncedAsync(
        FleetRun run,
        INodeServices services,
        string name,
        IReadOnlyCollection<string> all,
        string fresh,
        CancellationToken stop)
    {
        var before = await services.ServingAsync(run.Journal.Services, all, stop).ConfigureAwait(false);
        var say = run.Context.SayChanges();
        var missing = "";
        if (before.Count > 0 && !await run.Context.UntilAsync(AreThereAsync, run.Context.HealthLimit, stop).ConfigureAwait(false))
        {
            throw new UnhealthyException(
                $"{missing}, which {name} serves, after {DurationText.Of(run.Context.HealthLimit)}");
        }

        async Task<bool> AreThereAsync()
        {
            string[] members = [];
            await ForMembersAsync(run, fresh, instance => instance.Lifecycle == "InService", (_, serving) =>
            {
                members = [.. serving];
                return Task.CompletedTask;
            }, stop).ConfigureAwait(false);
            var now = await services.ServingAsync(before.Keys.ToList(), members, stop).ConfigureAwait(false);
            var lacking = before
                .Where(each => now.GetValueOrDefault(each.Key) < Math.Max(1, Math.Min(each.Value, members.Length)))
                .Select(each => each.Key)
                .Order(StringComparer.Ordinal)
                .ToList();
            missing = $"nodes of {fresh} have not announced {string.Join(", ", lacking)}";
            if (lacking.Count > 0)
            {
                say($"  {missing} yet");
            }

            return lacking.Count == 0;
        }
    }

    private static async Task ForMembersAsync(
        FleetRun run,
        string name,
        Func<FleetInstance, bool> isMeant,
        Func<INodeServices, IReadOnlyCollection<string>, Task> work,
        CancellationToken stop)
    {
        if (run.Journal.Services.IsEmpty
            || run.Target.Services is not { } services
            || await run.Reader.FindAsync(name, stop).ConfigureAwait(false) is not { } group)
        {
            return;
        }

        string[] meant = [.. FleetReader.View(group).Instances.Where(isMeant).Select(instance => instance.Id)];
        if (meant.Length > 0)
        {
            await work(services, meant).ConfigureAwait(false);
        }
    }
}
