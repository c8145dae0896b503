using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Marks the image as one that passed its tests; the instance that they ran on goes beside what follows.</summary>
internal sealed class Approve : BakeWork
{
    public override string Name => "verified";

    public override string Describe(Bake bake) => "mark the image as verified; only then may fleets have it";

    public override bool Applies(Bake bake) => bake.Verifies;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        bake.Trial.Removal = Terminate.RemoveAsync(bake.Trial, bake.Trial.InstanceId!, stop);
        var passed = new Verification(Passed: true, Verification.TestsOf(bake.Input.Checks));
        await bake.Run.Region(bake.Region.Name).TellAsync(passed, [bake.ImageId!], stop).ConfigureAwait(false);
        bake.Verification = passed;
    }
}
