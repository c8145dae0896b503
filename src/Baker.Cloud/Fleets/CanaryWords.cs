using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Parameters;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>What people say to a canary, for the run that is at it: one SSM parameter of the group's.</summary>
public sealed class CanaryWords(FleetContext context)
{
    private readonly SsmParameters _parameters = new(context.Clients, context.Pacer);

    /// <summary>What was said to this run's canary last; null where nothing was.</summary>
    public async Task<CanaryWord?> ReadAsync(FleetJournal journal, CancellationToken stop)
    {
        var found = await _parameters.FindAsync(FleetNames.Word(context.Scope, journal.Group), stop).ConfigureAwait(false);
        return found is not null && CanaryWord.TryParse(found.Value) is { } word && word.Run == journal.Run ? word : null;
    }

    public Task SayAsync(GroupName group, CanaryWord word, CancellationToken stop) => context.Pacer.SendAsync(
        context.Clients.SSM.PutParameterAsync,
        new PutParameterRequest
        {
            Name = FleetNames.Word(context.Scope, group),
            Value = word.ToText(),
            Type = ParameterType.String,
            Overwrite = true,
        },
        stop);

    public Task RemoveAsync(GroupName group, CancellationToken stop) =>
        _parameters.RemoveAsync(FleetNames.Word(context.Scope, group), stop);
}
