using Amazon.EC2.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the instance runs.</summary>
internal sealed class WaitRunning : BakeStep
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
        "running" => true,
        var state => throw Died(bake, instance!, state),
    };

    internal static BakerException Died(Bake bake, Instance instance, string state) => new(
        ExitCode.CloudFailed,
        $"instance {instance.InstanceId} of {bake.Group.Name} went to {state}: {instance.StateReason?.Message ?? instance.StateTransitionReason ?? "AWS gave no reason"}",
        "Its volumes' encryption key, the account's limits and the source image are the usual causes.");
}
