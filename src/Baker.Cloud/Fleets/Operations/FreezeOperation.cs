using Baker.Cloud.Changes;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>Freezes an environment in each of its Regions, or lifts that.</summary>
/// <param name="regions">What the work in each is done with.</param>
/// <param name="what">The environment, in words.</param>
/// <param name="freezes">False: the freeze is lifted.</param>
public sealed class FreezeOperation(IReadOnlyList<FleetContext> regions, string what, bool freezes, string? why) : Operation<FreezeStep>
{
    public override string Subject => what;

    public override async Task<IReadOnlyList<FreezeStep>> PlanAsync(CancellationToken stop)
    {
        var steps = new List<FreezeStep>();
        foreach (var context in regions)
        {
            var record = await new FreezeStore(context).ReadAsync(stop).ConfigureAwait(false);
            FreezeStep? step = (freezes, record) switch
            {
                (true, null) => new FreezeStep.Freeze(what, context.Clients.Region),
                (true, { Why: null } found) when why is not null => new FreezeStep.Explain(what, context.Clients.Region, found, why),
                (false, { } found) => new FreezeStep.Thaw(what, context.Clients.Region, found),
                _ => null,
            };
            steps.AddRange(step is null ? [] : [step]);
        }

        return steps;
    }

    public override Task DoAsync(FreezeStep step, CancellationToken stop)
    {
        var store = new FreezeStore(regions.First(context => context.Clients.Region == step.Region));
        return step switch
        {
            FreezeStep.Freeze => store.WriteAsync(why, stop),
            FreezeStep.Explain(_, _, var record, var words) => store.ExplainAsync(record, words, stop),
            _ => store.RemoveAsync(stop),
        };
    }
}
