using System.Collections.Immutable;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core.Configuration;
using Baker.Core.Planning;

namespace Baker.Cloud.Configuration;

/// <summary>Sets and removes variables of one place. What is there as it shall be is left alone.</summary>
/// <param name="values">What to set.</param>
/// <param name="removed">What to remove; what is not there is removed already.</param>
/// <param name="isSecret">Whether a variable is to be a secret; one that is, stays one.</param>
/// <param name="key">The key that secrets are encrypted with; null is the account's own.</param>
public sealed class ConfigChange(
    FleetContext context,
    ConfigPath place,
    IReadOnlyDictionary<string, string> values,
    IReadOnlyCollection<string> removed,
    Func<string, bool> isSecret,
    string? key) : Operation<ConfigStep>
{
    private readonly ConfigStore _store = new(context);

    public override string Subject => place.Words;

    /// <summary>Of what was to be removed, what was not there; known once it is planned.</summary>
    public ImmutableArray<string> Missing { get; private set; } = [];

    public override async Task<IReadOnlyList<ConfigStep>> PlanAsync(CancellationToken stop)
    {
        var before = (await _store.ReadAsync(place, withSecrets: false, stop).ConfigureAwait(false)).ToDictionary(value => value.Variable);
        var steps = new List<ConfigStep>();
        foreach (var (variable, value) in values)
        {
            var found = before.GetValueOrDefault(variable);
            var conceals = isSecret(variable);
            if (found is null or { IsSecret: true })
            {
                // A secret is not read, so as not to need its key: whoever sets it again makes a version of it.
                steps.Add(new ConfigStep.Put(place, variable, found is null, conceals || found is not null));
            }
            else if (conceals)
            {
                steps.Add(new ConfigStep.Conceal(place, variable));
            }
            else if (found.Value != value)
            {
                steps.Add(new ConfigStep.Put(place, variable, IsNew: false, IsSecret: false));
            }
        }

        Missing = [.. removed.Where(variable => !before.ContainsKey(variable))];
        if (removed.Where(before.ContainsKey).ToImmutableArray() is { IsEmpty: false } gone)
        {
            steps.Add(new ConfigStep.Remove(place, gone));
        }

        return steps;
    }

    public override async Task DoAsync(ConfigStep step, CancellationToken stop)
    {
        switch (step)
        {
            case ConfigStep.Put put:
                await _store.PutAsync(place, put.Variable, values[put.Variable], put.IsNew, put.IsSecret, key, stop).ConfigureAwait(false);
                break;
            case ConfigStep.Conceal conceal:
                await _store.RemoveAsync(place, [conceal.Variable], stop).ConfigureAwait(false);
                await _store.PutAsync(place, conceal.Variable, values[conceal.Variable], isNew: true, isSecret: true, key, stop)
                    .ConfigureAwait(false);
                break;
            case ConfigStep.Remove remove:
                await _store.RemoveAsync(place, remove.Variables, stop).ConfigureAwait(false);
                break;
        }
    }
}
