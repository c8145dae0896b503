using Baker.Cloud.Waiting;

namespace Baker.Cloud.Images.Steps;

/// <summary>Stops the instance, so that the image is of a file system at rest.</summary>
internal sealed class Stop : BakeWork
{
    /// <summary>Bare metal takes about twenty minutes.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(45);

    public override string Name => "stop";

    public override string Describe(Bake bake) => "stop the instance";

    public override bool Applies(Bake bake) => !bake.Adopted;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        await bake.Run.Region(bake.Region.Name).Stops.AddAsync([bake.InstanceId!], stop).ConfigureAwait(false);
        var stopped = await bake.Region.Waits.Instances.UntilAsync(
            bake.InstanceId!,
            instance => instance?.State?.Name?.Value switch
            {
                "stopped" => true,
                "terminated" or "shutting-down" => throw WaitRunning.Died(bake, instance, instance.State.Name.Value),
                _ => false,
            },
            new Expectation($"{bake.Region.Name}/stopped", s_timeout, $"instance {bake.InstanceId} in state stopped"),
            stop).ConfigureAwait(false);
        bake.Volumes = stopped.BlockDeviceMappings?.Count ?? 0;
    }
}
