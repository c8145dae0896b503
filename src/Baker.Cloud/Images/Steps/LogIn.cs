using Baker.Cloud.Communicators;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the instance can be logged in to over SSH.</summary>
internal sealed class LogIn : BakeWork
{
    public override string Name => "log in";

    public override string Describe(Bake bake) => $"wait until {bake.Group.Ssh.Username} can log in over SSH";

    public override bool Applies(Bake bake) => bake.LogsIn;

    public override Task RunAsync(Bake bake, CancellationToken stop)
    {
        var target = new SshTarget(
            bake.InstanceId!,
            bake.Group.Name,
            bake.Group.Ssh,
            $"{ProvisionCommand.Root}/{bake.CommandRun}")
        { IsOfBake = true };
        bake.Communicator = new SshCommunicator(bake.Region.Clients, bake.Region.Pacer, bake.Run.Time, target, bake.Identity!, bake.Note);
        return WaitRunning.WhileAliveAsync(bake, bake.Group.Ssh.Timeout, bake.Communicator.UntilReadyAsync, stop);
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        if (bake.Communicator is { } communicator)
        {
            await communicator.DisposeAsync().ConfigureAwait(false);
        }
    }
}
