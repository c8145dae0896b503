using Amazon.EC2.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the instance runs.</summary>
internal sealed class WaitRunning : BakeWork
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    public override string Name => "start";

    public override string Describe(Bake bake) => "wait until it runs";

    public override bool Applies(Bake bake) => !bake.Adopted;

    public override Task RunAsync(Bake bake, CancellationToken stop) =>
        bake.Region.Waits.Instances.UntilAsync(
            bake.InstanceId!,
            instance => IsRunning(bake, instance),
            new Expectation($"{bake.Region.Name}/running", s_timeout, $"instance {bake.InstanceId} in state running"),
            stop);

    private static bool IsRunning(Bake bake, Instance? instance) => instance?.State?.Name?.Value switch
    {
        null or "pending" => false,
        "running" => IsOurs(bake, instance),
        var state => throw Died(bake, instance!, state),
    };

    /// <summary>Whether an instance that a failed bake kept is seen to be this run's: two may have taken it at the same time.</summary>
    private static bool IsOurs(Bake bake, Instance instance)
    {
        var owner = bake.Resumed is null ? bake.RunId : instance.Tags?.Find(tag => tag.Key == BakerTags.Run)?.Value;
        if (owner == bake.RunId || owner == bake.Resumed?.Run)
        {
            return owner == bake.RunId;
        }

        bake.LetGo(bake.InstanceId!);
        (bake.InstanceId, bake.InstanceIsGone) = (null, true);
        throw new BakerException(
            ExitCode.CloudFailed,
            $"run {owner} has taken the instance that {bake.Group.Name}'s failed bake kept",
            "Wait for that run, and run this command again.");
    }

    /// <summary>Awaits what happens on the instance; where the instance dies meanwhile that ends the wait, with the reason.</summary>
    internal static async Task<T> WhileAliveAsync<T>(
        Bake bake,
        TimeSpan timeout,
        Func<CancellationToken, Task<T>> wait,
        CancellationToken stop)
    {
        return await bake.Region.Waits.WhileAliveAsync(
            bake.InstanceId!,
            timeout,
            (instance, state) => Died(bake, instance, state),
            wait,
            stop).ConfigureAwait(false);
    }

    internal static Task WhileAliveAsync(Bake bake, TimeSpan timeout, Func<CancellationToken, Task> wait, CancellationToken stop)
    {
        return WhileAliveAsync<bool>(bake, timeout, WaitAsync, stop);

        async Task<bool> WaitAsync(CancellationToken enough)
        {
            await wait(enough).ConfigureAwait(false);
            return true;
        }
    }

    internal static BakerException Died(Bake bake, Instance instance, string state) => new(
        ExitCode.CloudFailed,
        $"instance {instance.InstanceId} of {bake.Group.Name} went to {state}: "
            + $"{instance.StateReason?.Message ?? instance.StateTransitionReason ?? "AWS gave no reason"}",
        "Its volumes' encryption key, the account's limits and the source image are the usual causes.");
}
