namespace Baker.Cloud.Images;

/// <summary>How one step of a bake is done. What it makes, its clean-up removes; clean-ups run in the reverse order of the steps.</summary>
internal abstract class BakeWork
{
    /// <summary>A word or two for the progress of a bake; also the key under which its duration is learned.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the step only looks: a dry run does it too.</summary>
    public virtual bool OnlyLooks => false;

    /// <summary>What the step will do, for <c>--dry-run</c>.</summary>
    public abstract string Describe(Bake bake);

    /// <summary>Whether the step has anything to do for this bake.</summary>
    public virtual bool Applies(Bake bake) => true;

    public abstract Task RunAsync(Bake bake, CancellationToken stop);

    /// <summary>
    /// Removes what the step made, unless a later step has made it part of the result. Runs after success and failure
    /// alike.
    /// </summary>
    public virtual Task CleanUpAsync(Bake bake, CancellationToken stop) => Task.CompletedTask;
}
