using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Stores;

/// <summary>The groups of parameters, or of options, of a service. Those of the service itself begin with <c>default</c>.</summary>
internal sealed class ParameterGroups(StateStore store, StoreTags tags, GroupWords words)
{
    private const string Usual = "default";

    private readonly Table<ParameterGroupRecord> _groups =
        store.Table($"{words.Service}-{words.Kind}-groups", StoreJson.Default.ParameterGroupRecord);

    public int Count => _groups.Count;

    public IEnumerable<ParameterGroupRecord> In(string region) => _groups.All.Where(each => each.Region == region);

    /// <summary>The one that is named, or all.</summary>
    public (List<ParameterGroupRecord> Items, string? Marker) Page(Call call, string? name, int? size, string? marker) =>
        StorePages.Page(string.IsNullOrEmpty(name) ? In(call.Region) : [Find(call, name)], each => each.Id, size, marker);

    public ParameterGroupRecord? FindArn(string arn) => _groups.All.FirstOrDefault(each => each.Arn == arn);

    public ParameterGroupRecord Find(Call call, string name)
    {
        var small = StoreNames.Of(name);
        return _groups.Find(words.IdOf(call.Region, small))
            ?? (small.StartsWith(Usual, StringComparison.Ordinal) && small.Length > Usual.Length + 1 ? new ParameterGroupRecord
            {
                Id = words.IdOf(call.Region, small),
                Region = call.Region,
                Name = small,
                Arn = StoreNames.Arn(call, words.Service, words.Kind, small),
                Family = small[(Usual.Length + 1)..],
                Description = $"Default parameter group for {small[(Usual.Length + 1)..]}",
            }
            : throw words.Missing("Parameter group", name));
    }

    public ParameterGroupRecord Create(
        Call call,
        string name,
        string family,
        string description,
        IEnumerable<(string? Key, string? Value)> given)
    {
        if (_groups.Find(words.IdOf(call.Region, name)) is not null || name.StartsWith(Usual, StringComparison.Ordinal))
        {
            throw new CloudException(words.Exists, $"Parameter group {name} already exists");
        }

        var group = new ParameterGroupRecord
        {
            Id = words.IdOf(call.Region, name),
            Region = call.Region,
            Name = name,
            Arn = StoreNames.Arn(call, words.Service, words.Kind, name),
            Family = family,
            Description = description,
        };
        tags.Add(group.Arn, given);
        _groups.Put(group);
        return group;
    }

    public string Modify(Call call, string name, IEnumerable<(string? Name, string? Value, string? Method)> values)
    {
        var group = Own(call, name);
        foreach (var (parameter, value, method) in values)
        {
            group = group with
            {
                Values = group.Values.SetItem(
                    StoreNames.Needed("ParameterName", parameter),
                    new ParameterValue(StoreNames.Needed("ParameterValue", value), method)),
            };
        }

        _groups.Put(group);
        return group.Name;
    }

    /// <summary>Takes what was set out again: all of it, or what is named.</summary>
    public string Reset(Call call, string name, bool all, IEnumerable<string> names)
    {
        var group = Own(call, name);
        _groups.Put(group with { Values = all ? group.Values.Clear() : group.Values.RemoveRange(names) });
        return group.Name;
    }

    public void Delete(Call call, string name, IEnumerable<string> used)
    {
        var group = Own(call, name);
        if (used.Contains(group.Name))
        {
            throw new CloudException(words.InUse, $"One or more databases are still members of this parameter group {group.Name}, "
                + "so the group cannot be deleted");
        }

        _groups.Remove(group.Id);
        tags.Forget(group.Arn);
    }

    private ParameterGroupRecord Own(Call call, string name) =>
        Find(call, name) is { } group && _groups.Find(group.Id) is not null ? group
            : throw new CloudException(words.InUse, $"The group {name} is the service's own, and stays as it is.");
}
