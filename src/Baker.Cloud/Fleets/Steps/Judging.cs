using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Judges a new fleet that has its share at every look, until the step is over.</summary>
internal static class Judging
{
    /// <summary>How often the numbers are told while all is well.</summary>
    private static readonly TimeSpan s_told = TimeSpan.FromMinutes(1);

    public static Task WatchAsync(FleetRun run, FleetStep.Watch step, CancellationToken stop) =>
        WatchAsync(run, step, step.Step.Time, stop);

    /// <summary>A person says when.</summary>
    public static Task AwaitAsync(FleetRun run, FleetStep.AwaitPromotion step, CancellationToken stop)
    {
        run.Context.Say($"  {run.Context.Suggested.Package($"autoscale:promote {step.Group}")} goes on");
        return WatchAsync(run, step.Before, null, stop);
    }

    /// <param name="time">How long; null where it is until somebody says so.</param>
    private static async Task WatchAsync(FleetRun run, FleetStep.Watch step, TimeSpan? time, CancellationToken stop)
    {
        var context = run.Context;
        var (words, meter, say) = (new CanaryWords(context), new CanaryMeter(run, step), context.SayChanges());
        var told = run.StepBegan;
        if (time is not null && run.WentOn is not null)
        {
            context.Say("  nobody judged it meanwhile: it is watched for its whole time again");
        }

        await run.Health.StayHealthyAsync(step.Name, step.Size, run.Journal.Alarms, IsOverAsync, stop).ConfigureAwait(false);

        async Task<bool> IsOverAsync()
        {
            context.Report(new ChangeProgress.Canary(step.Number, run.Journal.Canary!.Settings.Steps.Length, step.Step.Percent));
            var word = await words.ReadAsync(run.Journal, stop).ConfigureAwait(false);
            var verdicts = await meter.LookAsync(stop).ConfigureAwait(false);
            if (verdicts.Exists(each => each.IsBad))
            {
                throw new UnhealthyException($"{step.Name}, {step.Step.Percent}% in, fails its checks:{Lines(verdicts)}");
            }

            if (verdicts.Exists(each => each.IsUnsure))
            {
                return false;
            }

            if (word is not null && word.Ends(step.Number))
            {
                context.Say($"  {word.Owner} had it go on{Lines(verdicts)}");
                return true;
            }

            if (word is not null && word.Holds(step.Number))
            {
                say($"  {word.Owner} had it pause; autoscale:promote {run.Journal.Group} goes on");
                return false;
            }

            var now = context.Clock.UtcNow;
            if (now - told >= s_told && verdicts.Count > 0)
            {
                told = now;
                context.Say($"  so far:{Lines(verdicts)}");
            }

            if (time is not { } wanted || !run.HasPassed(wanted, "the canary is watched", run.WentOn))
            {
                return false;
            }

            var quiet = verdicts.FindAll(each => each.IsQuiet);
            if (quiet.Count == 0)
            {
                context.Say(verdicts.Count == 0 ? "  it is healthy" : $"  it holds:{Lines(verdicts)}");
                return true;
            }

            if (run.Journal.Canary!.Settings.StopsWhenQuiet)
            {
                throw new UnhealthyException($"{step.Name}, {step.Step.Percent}% in, cannot be judged:{Lines(quiet)}");
            }

            if (now - told >= s_told || told == run.StepBegan)
            {
                told = now;
                context.Say($"  waiting for more to judge by (autoscale:promote {run.Journal.Group} goes on without):{Lines(quiet)}");
            }

            return false;
        }
    }

    private static string Lines(List<CanaryVerdict> verdicts) => string.Concat(verdicts.Select(each => $"\n    {each.Text}"));
}
