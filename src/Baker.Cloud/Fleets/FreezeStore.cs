using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Parameters;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>Whether an environment is frozen: an SSM parameter in each of its Regions, <see cref="FleetNames.Freeze"/>.</summary>
public sealed class FreezeStore(FleetContext context)
{
    private readonly SsmParameters _parameters = new(context.Clients, context.Pacer);

    private string Name => FleetNames.Freeze(context.Scope);

    /// <summary>Null where it is not.</summary>
    public async Task<FreezeRecord?> ReadAsync(CancellationToken stop) =>
        await _parameters.FindAsync(Name, stop).ConfigureAwait(false) is { } found ? FreezeRecord.Parse(found.Value) : null;

    /// <summary>Who was first stays the one who froze it.</summary>
    public async Task WriteAsync(string? why, CancellationToken stop)
    {
        var record = new FreezeRecord(context.Operator.Name, TimeText.Of(context.Clock.UtcNow), why);
        try
        {
            await context.Pacer.SendAsync(
                context.Clients.SSM.PutParameterAsync,
                new PutParameterRequest { Name = Name, Value = record.ToText(), Type = ParameterType.String, Overwrite = false },
                stop).ConfigureAwait(false);
        }
        catch (ParameterAlreadyExistsException)
        {
            // A repeated call whose first reply was lost, or somebody else at the same moment: it is frozen.
        }
    }

    /// <summary>A reason for one that had none; who froze it, and since when, stays.</summary>
    public Task ExplainAsync(FreezeRecord record, string why, CancellationToken stop) =>
        _parameters.WriteAsync(Name, (record with { Why = why }).ToText(), stop);

    public Task RemoveAsync(CancellationToken stop) => _parameters.RemoveAsync(Name, stop);
}
