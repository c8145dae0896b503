using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Finds resources by the ids in a request: those of its region that reads find already.</summary>
internal sealed class Lookup(CloudContext cloud, ComputeTables tables)
{
    /// <exception cref="CloudException">It does not exist, or not yet for readers.</exception>
    public T Find<T>(Call call, Table<T> table, string? id)
        where T : class, ITagged =>
        table.Find(id) is { } found && IsVisible(call, found) ? found : throw NotFound.Of(id ?? "");

    public InstanceRecord Instance(Call call, string? id) =>
        id is null || id.StartsWith("i-", StringComparison.Ordinal) ? Find(call, tables.Instances, id) : throw NotFound.Malformed(id, "i");

    public List<InstanceRecord> Instances(Call call, List<string>? ids)
    {
        if (ids is not { Count: > 0 })
        {
            throw CloudException.Missing("InstanceId");
        }

        var missing = ids.Where(id => !id.StartsWith("i-", StringComparison.Ordinal)
            || tables.Instances.Find(id) is not { } found
            || !IsVisible(call, found)).ToList();
        return missing switch
        {
            [] => [.. ids.Distinct().Select(id => tables.Instances.Find(id)!)],
            [var one] => throw (one.StartsWith("i-", StringComparison.Ordinal) ? NotFound.Of(one) : NotFound.Malformed(one, "i")),
            _ => throw new CloudException("InvalidInstanceID.NotFound", $"The instance IDs '{NotFound.Some(missing)}' do not exist"),
        };
    }

    public ImageRecord Image(Call call, string? id) =>
        id is null || id.StartsWith("ami-", StringComparison.Ordinal) ? Find(call, tables.Images, id) : throw NotFound.Malformed(id, "ami");

    /// <summary>A page of a listing: of the ids that were asked for, each of which must exist, or of everything in the region.</summary>
    public (List<T> Items, string? NextToken) Page<T>(
        Call call,
        Table<T> table,
        List<string>? ids,
        Func<T, bool> filter,
        int? size,
        string? token)
        where T : class, ITagged
    {
        var candidates = Candidates(call, table, ids);
        return Paging.Page(after => candidates(after).Where(filter), item => item.Id, size, token);
    }

    /// <summary>What a listing goes through: the ids that were asked for, each of which must exist, or everything of the region.</summary>
    private Func<string?, IEnumerable<T>> Candidates<T>(Call call, Table<T> table, List<string>? ids)
        where T : class, ITagged
    {
        if (ids is { Count: > 0 })
        {
            var found = ids.Distinct().Select(id => Find(call, table, id)).OrderBy(i => i.Id, StringComparer.Ordinal).ToList();
            return after => found.Where(item => after is null || string.CompareOrdinal(item.Id, after) > 0);
        }

        return after => table.After(after).Where(item => IsVisible(call, item));
    }

    public bool IsVisible(Call call, ITagged item) => item.Region == call.Region && cloud.Faults.IsVisible(item.CreatedAt, call.Now);
}
