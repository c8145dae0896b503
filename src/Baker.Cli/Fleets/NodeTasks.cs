using Baker.Cli.Baking;
using Baker.Cli.Sessions;
using Baker.Cloud.Configuration;
using Baker.Cloud.Fleets;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cli.Fleets;

/// <summary>Runs the tasks of a group of the manifest on its nodes, and shows what they print, without the group's secrets.</summary>
internal sealed class NodeTasks(Session session, FleetSession fleet, NodeGroup group, Action<string, string> output) : INodeTasks
{
    public async Task<(int? Code, string? Cause)> RunAsync(string task, string node, string once, CancellationToken stop)
    {
        session.Masks.Add(await new ConfigStore(fleet.Context(group)).SecretsAsync(group, stop).ConfigureAwait(false));
        var masked = new MaskedOutput(session.Masks);
        var ends = await RunOf(fleet, group).RunAsync(
            [node],
            PayloadOf(fleet, group, task, [], once),
            atOnce: 1,
            maxErrors: 0,
            (_, text) => output(group.Name, masked.Add(text)),
            stop).ConfigureAwait(false);
        output(group.Name, masked.End());
        return (ends[0].Code, ends[0].Cause);
    }

    public static InstanceRun RunOf(FleetSession fleet, NodeGroup group) => new(
        fleet.Cloud.Region(group.Region),
        fleet.Context(group),
        group,
        fleet.Run,
        fleet.Project.Settings.Bucket,
        fleet.Project.Settings.BucketPrefix);

    /// <summary>A task with arguments, or a command.</summary>
    /// <param name="once">What it is run for, where that is to be once.</param>
    public static byte[] PayloadOf(FleetSession fleet, NodeGroup group, string? task, IReadOnlyList<string> words, string? once = null)
    {
        if (task is null)
        {
            return words.Count > 0 ? Payload.Pack(group.Name, null, words) : throw new BakerException(
                ExitCode.BadInput,
                "Nothing says what to run.",
                $"{(group.Tasks.IsEmpty ? "Write" : $"Name a task, {Known(group)}, or write")} the command after --: "
                    + $"package instance:run {group.Name} -- uptime");
        }

        var call = group.Tasks.FirstOrDefault(known => known.Key == task).Value ?? throw new BakerException(
            ExitCode.BadInput,
            $"{group.Name} has no task {task}.",
            $"Give it one, \"tasks\": {{\"{task}\": \"scripts/{task}.sh\"}}; {Has(group)}. A command is written after --.");
        return Payload.Pack(group.Name, new BakeInputs(fleet.Project).TaskOf(group, call), words, once);
    }

    /// <summary>Which tasks a group has, in a sentence.</summary>
    public static string Has(NodeGroup group) => group.Tasks.IsEmpty ? $"{group.Name} has none" : $"{group.Name} has {Known(group)}";

    private static string Known(NodeGroup group) => string.Join(", ", group.Tasks.Select(task => task.Key));
}
