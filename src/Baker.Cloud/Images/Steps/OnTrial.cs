namespace Baker.Cloud.Images.Steps;

/// <summary>
/// A step that is taken again, with an instance of the finished image: it is launched, reached, run on and ended as the one that the
/// image was made from, and its scripts are the group's tests.
/// </summary>
internal sealed class OnTrial(BakeWork work) : BakeWork
{
    public BakeWork Work => work;

    public override string Name => work switch
    {
        Provision => "verify",
        Terminate => "verify: end",
        _ => $"verify: {work.Name}",
    };

    public override string Describe(Bake bake) => work.Describe(bake.Trial);

    public override bool Applies(Bake bake) => bake.Verifies && work.Applies(bake.Trial);

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        if (work is Launch)
        {
            if (bake.Group.Config is not null)
            {
                await bake.Run.Options.BeforeTrial(bake.Group, stop).ConfigureAwait(false);
            }

            // One key and one open port serve both instances.
            (bake.Trial.Source, bake.Trial.Identity, bake.Trial.KeyName) = (bake.Made, bake.Identity, bake.KeyName);
            foreach (var (subnet, group) in bake.TemporaryGroups)
            {
                bake.Trial.TemporaryGroups[subnet] = group;
            }
        }

        await work.RunAsync(bake.Trial, stop).ConfigureAwait(false);
    }

    public override Task CleanUpAsync(Bake bake, CancellationToken stop) => work.CleanUpAsync(bake.Trial, stop);
}
