using Baker.Cloud.Parameters;
using Baker.Core.Planning;
using Newtonsoft.Json;

namespace Baker.Cloud.Fleets;

/// <summary>
/// Where the records of changes are: the versions of one SSM parameter, <see cref="FleetNames.Changes"/>, of which SSM keeps the last
/// hundred; and, where there is a bucket, whole and for good in that.
/// </summary>
/// <param name="bucket">Null where there is none.</param>
/// <param name="prefix">What its keys begin with.</param>
public sealed class ChangeStore(FleetContext context, string? bucket = null, string prefix = "")
{
    /// <summary>As much as a parameter holds without a charge.</summary>
    private const int Largest = 4096;

    public async Task WriteAsync(ChangeRecord record, CancellationToken stop)
    {
        var text = record.ToText(Largest).Replace("{{", "{ {", StringComparison.Ordinal); // which SSM takes for a reference
        await new SsmParameters(context.Clients, context.Pacer)
            .WriteAsync(FleetNames.Changes(context.Scope), text, stop)
            .ConfigureAwait(false);
        if (bucket is not null)
        {
            await new BucketTexts(context.Clients, context.Pacer, bucket)
                .WriteAsync(KeyOf(record.Id), record.ToJson().ToString(Formatting.Indented) + "\n", "application/json", stop)
                .ConfigureAwait(false);
        }
    }

    /// <summary>One that the bucket has, whole; null where there is none.</summary>
    public async Task<ChangeRecord?> FindAsync(string id, CancellationToken stop) =>
        bucket is not null
        && id.Length <= 64
        && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
        && await new BucketTexts(context.Clients, context.Pacer, bucket).ReadAsync(KeyOf(id), stop).ConfigureAwait(false) is { } text
            ? Read(text)
            : null;

    /// <summary>The newest first; what is no record is passed over.</summary>
    public async Task<List<ChangeRecord>> ReadAsync(CancellationToken stop)
    {
        var versions = await new SsmParameters(context.Clients, context.Pacer)
            .HistoryAsync(FleetNames.Changes(context.Scope), stop)
            .ConfigureAwait(false);
        return [.. versions.OrderByDescending(each => each.Version).Select(each => Read(each.Value)).OfType<ChangeRecord>()];
    }

    private string KeyOf(string id) =>
        $"{prefix}changes/{(context.Scope.Environment is { } environment ? $"{environment}/" : "")}{id}.json";

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
