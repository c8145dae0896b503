using Baker.Cloud.Communicators;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the SSM agent of the instance has registered, so that commands can be sent to it.</summary>
internal sealed class WaitAgent(TimeSpan timeout) : BakeWork
{
    public override string Name => "agent";

    public override string Describe(Bake bake) => "wait until its SSM agent answers";

    public override bool Applies(Bake bake) => !bake.Adopted && bake.Input.Provisions && bake.Group.Communicator == CommunicatorKind.Ssm;

    public override Task RunAsync(Bake bake, CancellationToken stop)
    {
        var target = new SsmTarget(bake.InstanceId!, bake.Group.Name, bake.CommandRun, timeout);
        bake.Communicator = new SsmCommunicator(bake.Region, bake.Run.Time, target, bake.Carrier, bake.Output, bake.Note);
        return WaitRunning.WhileAliveAsync(bake, timeout, bake.Communicator.UntilReadyAsync, stop);
    }
}
