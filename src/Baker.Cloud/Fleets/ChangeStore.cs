using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Parameters;
using Baker.Core.Planning;
using Newtonsoft.Json;

namespace Baker.Cloud.Fleets;

/// <summary>
/// Where the records of changes are: the versions of one SSM parameter, <see cref="FleetNames.Changes"/>. SSM keeps the last hundred.
/// </summary>
public sealed class ChangeStore(FleetContext context)
{
    /// <summary>As much as a parameter holds without a charge.</summary>
    private const int Largest = 4096;

    public Task WriteAsync(ChangeRecord record, CancellationToken stop) => context.Pacer.SendAsync(
        context.Clients.SSM.PutParameterAsync,
        new PutParameterRequest
        {
            Name = FleetNames.Changes(context.Scope),
            Value = record.ToText(Largest).Replace("{{", "{ {", StringComparison.Ordinal), // which SSM takes for a reference
            Type = ParameterType.String,
            Overwrite = true,
        },
        stop);

    /// <summary>The newest first; what is no record is passed over.</summary>
    public async Task<List<ChangeRecord>> ReadAsync(CancellationToken stop)
    {
        var versions = await new SsmParameters(context.Clients, context.Pacer)
            .HistoryAsync(FleetNames.Changes(context.Scope), stop)
            .ConfigureAwait(false);
        return [.. versions.OrderByDescending(each => each.Version).Select(each => Read(each.Value)).OfType<ChangeRecord>()];
    }

    private static ChangeRecord? Read(string text)
    {
        try
        {
            return ChangeRecord.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
