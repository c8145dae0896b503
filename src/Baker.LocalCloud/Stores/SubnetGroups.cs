using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Stores;

/// <summary>How a service calls one kind of its groups, and what it answers where there is none, or another one, or one in use.</summary>
internal sealed record GroupWords(string Service, string Kind, string Exists, string NotFound, int NotFoundStatus, string InUse)
{
    public string IdOf(string region, string name) => $"{Service}/{Kind}/{region}/{name}";

    public CloudException Missing(string title, string name) => new(NotFound, $"{title} '{name}' not found.", NotFoundStatus);
}

/// <summary>The subnet groups of a service.</summary>
internal sealed class SubnetGroups(StateStore store, StorePlaces places, StoreTags tags, GroupWords words, int leastZones)
{
    private const string Usual = "default";

    private readonly Table<SubnetGroupRecord> _groups = store.Table($"{words.Service}-subnet-groups", StoreJson.Default.SubnetGroupRecord);

    public int Count => _groups.Count;

    public IEnumerable<SubnetGroupRecord> In(string region) => _groups.All.Where(each => each.Region == region);

    /// <summary>The one that is named, or all.</summary>
    public (List<SubnetGroupRecord> Items, string? Marker) Page(Call call, string? name, int? size, string? marker) =>
        StorePages.Page(string.IsNullOrEmpty(name) ? In(call.Region) : [Find(call, name)], each => each.Id, size, marker);

    public SubnetGroupRecord Find(Call call, string name) =>
        _groups.Find(words.IdOf(call.Region, StoreNames.Of(name))) ?? throw words.Missing("Subnet group", name);

    public SubnetGroupRecord? FindArn(string arn) => _groups.All.FirstOrDefault(each => each.Arn == arn);

    /// <summary>The group that a store names, or the one of the default network.</summary>
    public SubnetGroupRecord FindOrDefault(Call call, string? name) =>
        string.IsNullOrEmpty(name) || name.Equals(Usual, StringComparison.OrdinalIgnoreCase)
            ? FindOf(call.Region, Usual)!
            : Find(call, name);

    /// <summary>The group that a store stands in.</summary>
    public SubnetGroupRecord? FindOf(string region, string name)
    {
        if (name != Usual)
        {
            return _groups.Find(words.IdOf(region, name));
        }

        var (vpc, subnets) = places.DefaultSubnets(region);
        return new SubnetGroupRecord
        {
            Id = words.IdOf(region, Usual),
            Region = region,
            Name = Usual,
            Arn = $"arn:aws:{words.Service}:{region}:{Identifiers.AccountId}:{words.Kind}:{Usual}",
            Description = Usual,
            VpcId = vpc,
            Subnets = subnets,
        };
    }

    public SubnetGroupRecord Create(
        Call call,
        string name,
        string description,
        List<string>? ids,
        IEnumerable<(string? Key, string? Value)> given)
    {
        if (name == Usual)
        {
            throw new CloudException("InvalidParameterValue", "The name default is the service's own.");
        }

        if (_groups.Find(words.IdOf(call.Region, name)) is not null)
        {
            throw new CloudException(words.Exists, $"The subnet group '{name}' already exists.");
        }

        var (vpc, subnets) = places.Subnets(call, ids);
        CheckZones(subnets.Values);
        var group = new SubnetGroupRecord
        {
            Id = words.IdOf(call.Region, name),
            Region = call.Region,
            Name = name,
            Arn = StoreNames.Arn(call, words.Service, words.Kind, name),
            Description = description,
            VpcId = vpc,
            Subnets = subnets,
        };
        tags.Add(group.Arn, given);
        _groups.Put(group);
        return group;
    }

    public SubnetGroupRecord Modify(Call call, string name, string? description, List<string>? ids)
    {
        var group = Find(call, name);
        if (ids is { Count: > 0 })
        {
            var (vpc, subnets) = places.Subnets(call, ids);
            CheckZones(subnets.Values);
            group = vpc == group.VpcId
                ? group with { Subnets = subnets }
                : throw new CloudException("InvalidSubnet", "The new Subnets are not in the same Vpc as the existing subnet group.");
        }

        group = group with { Description = description ?? group.Description };
        _groups.Put(group);
        return group;
    }

    public void Delete(Call call, string name, IEnumerable<string> used)
    {
        var group = Find(call, name);
        if (used.Contains(group.Name))
        {
            throw new CloudException(words.InUse, $"Cannot delete the subnet group '{group.Name}' because it is in use.");
        }

        _groups.Remove(group.Id);
        tags.Forget(group.Arn);
    }

    private void CheckZones(IEnumerable<string> zones)
    {
        if (zones.Distinct().Count() < leastZones)
        {
            throw new CloudException(
                "DBSubnetGroupDoesNotCoverEnoughAZs",
                "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
                    + $"{string.Join(", ", zones.Distinct())}. Add subnets to cover at least {leastZones} AZs.");
        }
    }
}
