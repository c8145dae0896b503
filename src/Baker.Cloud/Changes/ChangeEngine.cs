using System.Collections.Immutable;
using Amazon.Runtime;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Changes;

/// <summary>
/// Carries out a change, of whatever kind: keeps others off, plans from what it sees then, writes down, does and tells each step,
/// takes back or cleans up where that is due, and lets go. A failure is part of the result, not thrown.
/// </summary>
public sealed class ChangeEngine(IChangeWatcher watcher, TimeProvider time)
{
    /// <summary>How long clean-up may take once a person has asked to stop.</summary>
    private static readonly TimeSpan s_cleanUpBound = TimeSpan.FromSeconds(25);

    /// <summary>How long it may take where nobody has: longer than the slowest instance needs to be gone.</summary>
    private static readonly TimeSpan s_patientBound = TimeSpan.FromHours(1);

    public async Task<ChangeEnd> RunAsync<TStep>(Operation<TStep> operation, CancellationToken stop)
        where TStep : ChangeStep
    {
        IHold hold;
        try
        {
            hold = await operation.TakeAsync(stop).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever ends a change is told in its result
        catch (Exception error)
        {
            return new ChangeEnd(error, []);
        }

        await using var holding = hold.ConfigureAwait(false);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, hold.Lost);
        var begun = new Stack<TStep>();
        Exception? failure = null;
        try
        {
            var steps = await operation.PlanAsync(both.Token).ConfigureAwait(false);
            watcher.Planned(operation.Subject, steps.Count);
            await StepsAsync(operation, steps, hold, begun, both.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = await AnswerAsync(operation, error, hold, begun, both.Token).ConfigureAwait(false);
        }

        try
        {
            var leftovers = ImmutableArray.CreateBuilder<Leftover>();
            failure = await CleanUpAsync(operation, begun, failure, leftovers, stop).ConfigureAwait(false);
            try
            {
                await operation.CloseAsync(failure).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure ??= error;
            }

            return new ChangeEnd(failure, leftovers.DrainToImmutable());
        }
#pragma warning restore CA1031
        finally
        {
            await hold.FarewellAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task StepsAsync<TStep>(
        Operation<TStep> operation,
        IReadOnlyList<TStep> steps,
        IHold hold,
        Stack<TStep> begun,
        CancellationToken stop)
        where TStep : ChangeStep
    {
        for (var next = 0; next < steps.Count && !operation.IsOver;)
        {
            var first = steps[next];
            var atOnce = operation.AtOnce(first);
            var stage = steps
                .Skip(next)
                .TakeWhile((step, index) => index == 0 || (atOnce > 1 && operation.IsBeside(first, step)))
                .ToList();
            if (stage.Count == 1)
            {
                await StepAsync(operation, first, hold, begun, stop).ConfigureAwait(false);
            }
            else
            {
                var parallel = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop };
                await Parallel.ForEachAsync(stage, parallel, async (step, token) =>
                    await StepAsync(operation, step, hold, begun, token).ConfigureAwait(false)).ConfigureAwait(false);
            }

            await operation.SettleAsync(stage, stop).ConfigureAwait(false);
            next += stage.Count;
        }
    }

    private async Task StepAsync<TStep>(Operation<TStep> operation, TStep planned, IHold hold, Stack<TStep> begun, CancellationToken stop)
        where TStep : ChangeStep
    {
        stop.ThrowIfCancellationRequested();
        await hold.HoldAsync(operation.Waits(planned), stop).ConfigureAwait(false);
        if (operation.Now(planned) is not { } step)
        {
            return;
        }

        await operation.WriteAsync(step, stop).ConfigureAwait(false);
        watcher.StepBegan(operation.Subject, step, operation.Expected(step));
        lock (begun)
        {
            begun.Push(step);
        }

        var since = time.GetTimestamp();
        try
        {
            await operation.DoAsync(step, stop).ConfigureAwait(false);
            watcher.StepEnded(operation.Subject, step, time.GetElapsedTime(since), failure: null);
        }
        catch (Exception error)
        {
            watcher.StepEnded(operation.Subject, step, time.GetElapsedTime(since), error);
            if (!operation.GoesOnAfter(step, error))
            {
                throw;
            }
        }
    }

    /// <summary>
    /// What ends the change after a failure: somebody who took over, the same failure after what was done is taken back, or
    /// one more.
    /// </summary>
    private async Task<Exception> AnswerAsync<TStep>(
        Operation<TStep> operation,
        Exception failure,
        IHold hold,
        Stack<TStep> begun,
        CancellationToken stop)
        where TStep : ChangeStep
    {
#pragma warning disable CA1031 // as above
        try
        {
            if (!stop.IsCancellationRequested && failure is not BakerException)
            {
                // What it works on may be gone, or sick, because somebody else works on it by now.
                await hold.HoldAsync(waiting: false, stop).ConfigureAwait(false);
                var back = operation.TakeBack(failure);
                if (back.Count > 0)
                {
                    watcher.Planned(operation.Subject, back.Count);
                }

                await StepsAsync(operation, back, hold, begun, stop).ConfigureAwait(false);
            }

            return hold.Lost.IsCancellationRequested ? hold.Gone() : operation.Explain(failure);
        }
        catch (Exception error)
        {
            return hold.Lost.IsCancellationRequested ? hold.Gone() : operation.Explain(error);
        }
#pragma warning restore CA1031
    }

    /// <summary>Each step's clean-up, whatever came of the others'. What failed because of the cloud is left over, and said.</summary>
    /// <returns>Why the change ended: what it was before, or a mistake that the clean-up met.</returns>
    private async Task<Exception?> CleanUpAsync<TStep>(
        Operation<TStep> operation,
        Stack<TStep> begun,
        Exception? failure,
        ImmutableArray<Leftover>.Builder leftovers,
        CancellationToken stop)
        where TStep : ChangeStep
    {
        if (failure is not null)
        {
            leftovers.AddRange(await operation.KeepAsync(failure).ConfigureAwait(false));
        }

        var mistake = failure;
#pragma warning disable CA1031 // one step's clean-up must not keep the others from theirs
        using var bound = new CancellationTokenSource(s_patientBound, time);
        await using var hurry = stop.Register(() => bound.CancelAfter(s_cleanUpBound)).ConfigureAwait(false);
        foreach (var step in begun)
        {
            try
            {
                await operation.CleanUpAsync(step, bound.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                leftovers.AddRange(operation.LeftBy(step));
                mistake ??= CloudFailure.IsOutside(error) ? null : error;
            }
        }
#pragma warning restore CA1031

        return mistake;
    }
}
