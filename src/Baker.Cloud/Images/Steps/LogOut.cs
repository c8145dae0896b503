namespace Baker.Cloud.Images.Steps;

/// <summary>Takes the key of the bake off the instance, so that nobody who has it can log in to the image's instances.</summary>
internal sealed class LogOut : BakeWork
{
    public override string Name => "log out";

    public override string Describe(Bake bake) => "take the key out of the instance's authorized_keys";

    public override bool Applies(Bake bake) => bake.LogsIn;

    public override Task RunAsync(Bake bake, CancellationToken stop) => bake.Communicator!.LeaveAsync(stop);
}
