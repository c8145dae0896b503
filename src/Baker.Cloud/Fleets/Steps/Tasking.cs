using Amazon.AutoScaling.Model;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Runs a release's tasks, each once on one node of the new group, whether that is healthy yet or not.</summary>
internal static class Tasking
{
    /// <summary>Before the migration the new image may not be healthy: nobody is to replace the node that migrates.</summary>
    private const string Judging = "ReplaceUnhealthy";

    public static async Task LaunchAsync(FleetRun run, FleetStep.LaunchFirst step, CancellationToken stop)
    {
        var context = run.Context;
        var group = await Traffic.Need(run, step.Name, stop).ConfigureAwait(false);
        await context.Pacer.SendAsync(
            context.Clients.AutoScaling.SuspendProcessesAsync,
            new SuspendProcessesRequest { AutoScalingGroupName = step.Name, ScalingProcesses = [Judging] },
            stop).ConfigureAwait(false);
        if ((group.DesiredCapacity ?? 0) == 0)
        {
            await GroupFactory.SizeAsync(
                context,
                step.Name,
                new Capacity(1, Math.Max(1, group.MaxSize ?? 0), 1),
                stop).ConfigureAwait(false);
        }

        var failures = new LaunchFailures(context);
        var since = FleetReader.View(group).Created;
        if (!await context.UntilAsync(IsThereAsync, context.HealthLimit, stop).ConfigureAwait(false))
        {
            throw new UnhealthyException(
                $"{step.Name}: after {DurationText.Of(context.HealthLimit)} no node is in service to run a task on"
                    + (failures.Last is null ? "" : $"\n  last activity: {failures.Last}"));
        }

        async Task<bool> IsThereAsync() => await NodeAsync(run, step.Name, stop).ConfigureAwait(false) is not null
            || (await failures.LookAsync(step.Name, 1, since, stop).ConfigureAwait(false) is { } hopeless
                ? throw new UnhealthyException($"{step.Name}: {hopeless}")
                : false);
    }

    /// <summary>From here on a node that is not healthy is replaced again.</summary>
    public static async Task JudgeAsync(FleetRun run, string name, CancellationToken stop)
    {
        if (run.Journal.Release is not null
            && await run.Reader.FindAsync(name, stop).ConfigureAwait(false) is { } group
            && (group.SuspendedProcesses ?? []).Exists(process => process.ProcessName == Judging))
        {
            await run.Context.Pacer.SendAsync(
                run.Context.Clients.AutoScaling.ResumeProcessesAsync,
                new ResumeProcessesRequest { AutoScalingGroupName = name, ScalingProcesses = [Judging] },
                stop).ConfigureAwait(false);
        }
    }

    /// <exception cref="UnhealthyException">It failed: the release is taken back.</exception>
    public static async Task RunAsync(FleetRun run, FleetStep.RunTask step, CancellationToken stop)
    {
        var node = await NodeAsync(run, step.Name, stop).ConfigureAwait(false)
            ?? throw new UnhealthyException($"{step.Name} has no node in service to run {step.Task} on.");
        var tasks = run.Target.Tasks ?? throw new InvalidOperationException($"Nothing runs the tasks of {run.Journal.Group}.");
        run.Context.Say($"  {step.Task} on {node}:");
        var (code, cause) = await tasks.RunAsync(step.Task, node, $"{run.Journal.Run}-{step.When}", stop).ConfigureAwait(false);
        if (code == 0)
        {
            return;
        }

        var why = code is { } failed
            ? FormattableString.Invariant($"{step.Task} ended with {failed} on {node}{(cause is null ? "" : $": {cause}")}")
            : $"{step.Task} could not be run on {node}: {cause}";
        throw step.When != "undo" ? new UnhealthyException(why) : new BakerException(
            ExitCode.CloudFailed,
            why + ".",
            "The notice is on, and neither fleet serves. When that is mended the same command runs it again; "
                + "autoscale:rollback --undo TASK runs another one in its place.");
    }

    /// <summary>A node in service, and the same one for whoever goes on.</summary>
    private static async Task<string?> NodeAsync(FleetRun run, string name, CancellationToken stop) =>
        (await run.Reader.FindAsync(name, stop).ConfigureAwait(false))?.Instances?
            .Where(instance => instance.LifecycleState?.Value == "InService")
            .Select(instance => instance.InstanceId)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
}
