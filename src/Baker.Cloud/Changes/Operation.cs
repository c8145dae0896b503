using Baker.Core.Planning;

namespace Baker.Cloud.Changes;

/// <summary>
/// One kind of change: what its steps are, and how each is done. <see cref="ChangeEngine"/> does the rest. All but the plan and
/// the steps has a default, which is that of a change that nobody else gets in the way of and that leaves nothing half made.
/// </summary>
public abstract class Operation<TStep>
    where TStep : ChangeStep
{
    /// <summary>What is changed: mostly a node group.</summary>
    public abstract string Subject { get; }

    /// <summary>Whether a step found that nothing is left to do.</summary>
    public virtual bool IsOver => false;

    /// <summary>Takes what keeps others off.</summary>
    public virtual Task<IHold> TakeAsync(CancellationToken stop) => Task.FromResult<IHold>(NoHold.Instance);

    /// <summary>The steps, from what is seen now; a dry run asks too, and holds nothing.</summary>
    public abstract Task<IReadOnlyList<TStep>> PlanAsync(CancellationToken stop);

    /// <summary>Whether a step only waits.</summary>
    public virtual bool Waits(TStep step) => false;

    /// <summary>How many steps of this kind, one after the other in the plan, are done at the same time.</summary>
    public virtual int AtOnce(TStep step) => 1;

    /// <summary>Whether a step may be done at the same time as another of its kind.</summary>
    public virtual bool IsBeside(TStep step, TStep other) => step.GetType() == other.GetType();

    /// <summary>A step as it is to be done, as things are when its turn comes; null where there is nothing to do for it.</summary>
    public virtual TStep? Now(TStep step) => step;

    /// <summary>How long the step took before, where that is known.</summary>
    public virtual TimeSpan? Expected(TStep step) => null;

    /// <summary>Writes down that a step begins, for whoever goes on where this run ends.</summary>
    public virtual Task WriteAsync(TStep step, CancellationToken stop) => Task.CompletedTask;

    public abstract Task DoAsync(TStep step, CancellationToken stop);

    /// <summary>Whether the other steps are done although this one failed.</summary>
    public virtual bool GoesOnAfter(TStep step, Exception failure) => false;

    /// <summary>Does what is done once for all steps that were done at the same time.</summary>
    public virtual Task SettleAsync(IReadOnlyList<TStep> stage, CancellationToken stop) => Task.CompletedTask;

    /// <summary>The steps that take back what was done, after a failure that calls for it.</summary>
    public virtual IReadOnlyList<TStep> TakeBack(Exception failure) => [];

    /// <summary>A failure in the words of this change.</summary>
    public virtual Exception Explain(Exception failure) => failure;

    /// <summary>After a failure and before the clean-up: saves what a person wants to look at, and says how to remove it.</summary>
    public virtual Task<IReadOnlyList<Leftover>> KeepAsync(Exception failure) => Task.FromResult<IReadOnlyList<Leftover>>([]);

    /// <summary>
    /// Removes what a step made, unless it is part of the result by now. After success and failure alike, the last step
    /// first.
    /// </summary>
    public virtual Task CleanUpAsync(TStep step, CancellationToken stop) => Task.CompletedTask;

    /// <summary>What may be left where a step's clean-up failed.</summary>
    public virtual IEnumerable<Leftover> LeftBy(TStep step) => [];

    /// <summary>The last that is done while others are still kept off.</summary>
    /// <param name="failure">Why the change ended; null where all of its steps are done.</param>
    public virtual Task CloseAsync(Exception? failure) => Task.CompletedTask;
}
