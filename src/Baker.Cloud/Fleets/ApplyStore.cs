using Baker.Cloud.Parameters;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>The journal of an apply: an SSM parameter, <see cref="FleetNames.Apply"/>, as long as it has not come to its end.</summary>
/// <param name="context">Of the Region where the lock is.</param>
public sealed class ApplyStore(FleetContext context)
{
    private readonly SsmParameters _parameters = new(context.Clients, context.Pacer);

    private string Name => FleetNames.Apply(context.Scope);

    /// <summary>Null where none was begun that has not come to its end.</summary>
    public async Task<ApplyRecord?> ReadAsync(CancellationToken stop) =>
        await _parameters.FindAsync(Name, stop).ConfigureAwait(false) is { } found ? ApplyRecord.Parse(found.Value) : null;

    public Task WriteAsync(ApplyRecord record, CancellationToken stop) => _parameters.WriteAsync(Name, record.ToText(), stop);

    public Task RemoveAsync(CancellationToken stop) => _parameters.RemoveAsync(Name, stop);
}
