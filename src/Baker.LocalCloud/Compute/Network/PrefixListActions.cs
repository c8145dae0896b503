using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Prefix lists: the account's, and those that AWS has for the services with gateway endpoints.</summary>
internal sealed class PrefixListActions(ComputeModel compute)
{
    private static readonly Filters<PrefixListRecord> s_filters = new Filters<PrefixListRecord>()
        .Add("prefix-list-id", l => l.Id)
        .Add("prefix-list-name", l => l.Name)
        .Add("owner-id", OwnerOf)
        .AddTags(l => l.Tags);

    // Some of what these lists hold in us-east-1. AWS's change.
    private static readonly string[] s_objects = ["3.5.0.0/19", "52.216.0.0/15", "54.231.0.0/16"];
    private static readonly string[] s_tables = ["3.218.180.0/22", "52.94.0.0/22"];

    public void Register(Router router)
    {
        router.Handle<CreateManagedPrefixListRequest, CreateManagedPrefixListResponse>(ServiceNames.Compute, Create);
        router.Handle<DeleteManagedPrefixListRequest, DeleteManagedPrefixListResponse>(ServiceNames.Compute, Delete);
        router.Handle<ModifyManagedPrefixListRequest, ModifyManagedPrefixListResponse>(ServiceNames.Compute, Modify);
        router.Handle<DescribeManagedPrefixListsRequest, DescribeManagedPrefixListsResponse>(ServiceNames.Compute, Describe);
        router.Handle<GetManagedPrefixListEntriesRequest, GetManagedPrefixListEntriesResponse>(ServiceNames.Compute, Entries);
        router.Handle<DescribePrefixListsRequest, DescribePrefixListsResponse>(ServiceNames.Compute, DescribeOfAws);
    }

    /// <summary>The list of a service that has gateway endpoints.</summary>
    public static string? OfService(string region, string service) =>
        OfAws(region).FirstOrDefault(each => each.Name == service)?.Id;

    /// <summary>The id of a list that exists.</summary>
    public static string Check(ComputeModel compute, Call call, string id) => Find(compute, call, id).Id;

    /// <summary>How many rules a rule that names a list counts for.</summary>
    public static int WeightOf(ComputeModel compute, string id) => compute.Tables.PrefixLists.Find(id)?.MaxEntries ?? 1;

    private static PrefixListRecord Find(ComputeModel compute, Call call, string id) =>
        OfAws(call.Region).FirstOrDefault(each => each.Id == id) ?? compute.Lookup.Find(call, compute.Tables.PrefixLists, id);

    private static IEnumerable<PrefixListRecord> OfAws(string region)
    {
        foreach (var (service, known, ranges) in new[] { ("s3", "pl-63a5400a", s_objects), ("dynamodb", "pl-02cd2c6b", s_tables) })
        {
            yield return new PrefixListRecord
            {
                Id = region == "us-east-1" ? known : "pl-" + Identifiers.For("", $"{region} {service}")[2..10],
                Region = region,
                Name = $"com.amazonaws.{region}.{service}",
                Family = "IPv4",
                LastChange = "create",
                Entries = [.. ranges.Select(each => new PrefixListEntryRecord(each, null))],
            };
        }
    }

    private static string OwnerOf(PrefixListRecord list) =>
        list.Name.StartsWith("com.amazonaws.", StringComparison.Ordinal) ? "AWS" : Identifiers.AccountId;

    private CreateManagedPrefixListResponse Create(Call call, CreateManagedPrefixListRequest request)
    {
        if (request.ClientToken is { Length: > 0 } token
            && compute.Tables.PrefixLists.All.FirstOrDefault(each => each.Region == call.Region && each.ClientToken == token) is { } before)
        {
            return new CreateManagedPrefixListResponse { PrefixList = View(before) };
        }

        if (request.PrefixListName.StartsWith("com.amazonaws", StringComparison.Ordinal))
        {
            throw new CloudException("InvalidParameterValue", "Prefix list names may not begin with com.amazonaws.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "prefix-list");
        var made = new PrefixListRecord
        {
            Id = Identifiers.New("pl"),
            Region = call.Region,
            Name = request.PrefixListName,
            Family = request.AddressFamily is "IPv4" or "IPv6" ? request.AddressFamily : throw new CloudException(
                "InvalidParameterValue",
                $"Value ({request.AddressFamily}) for parameter AddressFamily is invalid."),
            MaxEntries = request.MaxEntries is { } most and > 0 and <= 1000 ? most : throw new CloudException(
                "InvalidParameterValue",
                $"Value ({request.MaxEntries}) for parameter MaxEntries is invalid."),
            Version = 1,
            LastChange = "create",
            ClientToken = request.ClientToken,
            CreatedAt = call.Now,
            Tags = TagText.For("prefix-list", request.TagSpecifications),
        };
        made = made with { Entries = [.. Added(made, request.Entries)] };
        CloudException.StopDryRun(request.DryRun);
        compute.Tables.PrefixLists.Put(made);
        return new CreateManagedPrefixListResponse { PrefixList = View(made) };
    }

    private DeleteManagedPrefixListResponse Delete(Call call, DeleteManagedPrefixListRequest request)
    {
        var list = Own(call, request.PrefixListId);
        if (IsUsed(list.Id))
        {
            throw new CloudException("DependencyViolation", $"The prefix list '{list.Id}' has dependencies and cannot be deleted.");
        }

        CloudException.StopDryRun(request.DryRun);
        compute.Tables.PrefixLists.Remove(list.Id);
        return new DeleteManagedPrefixListResponse { PrefixList = View(list) };
    }

    private ModifyManagedPrefixListResponse Modify(Call call, ModifyManagedPrefixListRequest request)
    {
        var list = Own(call, request.PrefixListId);
        var changesEntries = request.AddEntries is { Count: > 0 } || request.RemoveEntries is { Count: > 0 };
        if (changesEntries && request.MaxEntries is not null)
        {
            throw new CloudException(
                "InvalidRequest",
                "You cannot modify the entries of a prefix list and its maximum number of entries at the same time.");
        }

        if (request.CurrentVersion is { } version && version != list.Version)
        {
            throw new CloudException("PrefixListVersionMismatch", "The prefix list has the incorrect version number.");
        }

        if (changesEntries && request.CurrentVersion is null)
        {
            throw CloudException.Missing("CurrentVersion");
        }

        var doomed = (request.RemoveEntries ?? []).ConvertAll(each => each.Cidr);
        if (doomed.Find(cidr => !list.Entries.Any(each => each.Cidr == cidr)) is { } unknown)
        {
            throw new CloudException("InvalidParameterValue", $"The prefix list {list.Id} has no entry {unknown}.");
        }

        var changed = list with
        {
            Name = request.PrefixListName ?? list.Name,
            MaxEntries = request.MaxEntries ?? list.MaxEntries,
            LastChange = "modify",
            Version = list.Version + (changesEntries ? 1 : 0),
            Entries = list.Entries.RemoveAll(each => doomed.Contains(each.Cidr)),
        };
        changed = changed with { Entries = [.. Added(changed, request.AddEntries)] };
        CloudException.StopDryRun(request.DryRun);
        compute.Tables.PrefixLists.Put(changed);
        return new ModifyManagedPrefixListResponse { PrefixList = View(changed) };
    }

    private DescribeManagedPrefixListsResponse Describe(Call call, DescribeManagedPrefixListsRequest request)
    {
        var (items, next) = Page(call, request.PrefixListIds, request.Filters, request.MaxResults, request.NextToken, ofAwsAlone: false);
        return new DescribeManagedPrefixListsResponse { NextToken = next, PrefixLists = items.ConvertAll(View) };
    }

    private DescribePrefixListsResponse DescribeOfAws(Call call, DescribePrefixListsRequest request)
    {
        var (items, next) = Page(call, request.PrefixListIds, request.Filters, request.MaxResults, request.NextToken, ofAwsAlone: true);
        return new DescribePrefixListsResponse
        {
            NextToken = next,
            PrefixLists = items.ConvertAll(each => new PrefixList
            {
                PrefixListId = each.Id,
                PrefixListName = each.Name,
                Cidrs = [.. each.Entries.Select(entry => entry.Cidr)],
            }),
        };
    }

    private GetManagedPrefixListEntriesResponse Entries(Call call, GetManagedPrefixListEntriesRequest request)
    {
        var list = Find(compute, call, request.PrefixListId);
        if (request.TargetVersion is { } version && version != list.Version)
        {
            throw new CloudException(
                "UnsupportedOperation",
                $"The local cloud keeps the last version of a prefix list alone, {list.Version}.");
        }

        var numbered = list.Entries.Select((entry, at) => (Entry: entry, Key: at.ToString("D6", CultureInfo.InvariantCulture))).ToList();
        var (items, next) = Paging.Page(
            after => numbered.Where(each => after is null || string.CompareOrdinal(each.Key, after) > 0),
            each => each.Key,
            request.MaxResults,
            request.NextToken);
        return new GetManagedPrefixListEntriesResponse
        {
            NextToken = next,
            Entries = items.ConvertAll(each => new PrefixListEntry { Cidr = each.Entry.Cidr, Description = each.Entry.Description }),
        };
    }

    private (List<PrefixListRecord> Items, string? Next) Page(
        Call call,
        List<string>? ids,
        List<Filter>? filters,
        int? size,
        string? token,
        bool ofAwsAlone)
    {
        var filter = s_filters.Compile(filters);
        var all = ids is { Count: > 0 }
            ? ids.Distinct().Select(id => Find(compute, call, id))
            : OfAws(call.Region).Concat(ofAwsAlone
                ? []
                : compute.Tables.PrefixLists.All.Where(each => compute.Lookup.IsVisible(call, each)));
        var ordered = all.Where(filter).OrderBy(each => each.Id, StringComparer.Ordinal).ToList();
        return Paging.Page(
            after => ordered.Where(each => after is null || string.CompareOrdinal(each.Id, after) > 0),
            each => each.Id,
            size,
            token);
    }

    private PrefixListRecord Own(Call call, string id) => OfAws(call.Region).Any(each => each.Id == id)
        ? throw new CloudException("OperationNotPermitted", $"The prefix list {id} is AWS's own.")
        : compute.Lookup.Find(call, compute.Tables.PrefixLists, id);

    private bool IsUsed(string id) =>
        compute.Tables.SecurityGroups.All.Any(group => group.Rules.Any(rule => rule.PrefixListId == id))
        || compute.Tables.RouteTables.All.Any(table => table.Routes.Any(route => route.Destination == id));

    private static List<PrefixListEntryRecord> Added(PrefixListRecord list, List<AddPrefixListEntry>? more)
    {
        var entries = list.Entries.ToList();
        foreach (var each in more ?? [])
        {
            var isGood = list.Family == "IPv4" ? Cidr.Read(each.Cidr)?.ToString() == each.Cidr : Cidr.IsIpv6(each.Cidr);
            if (!isGood)
            {
                throw new CloudException("InvalidParameterValue", $"The CIDR {each.Cidr} is invalid, or not of the list's address family.");
            }

            entries.RemoveAll(before => before.Cidr == each.Cidr);
            entries.Add(new PrefixListEntryRecord(each.Cidr, each.Description));
        }

        return entries.Count <= list.MaxEntries ? entries : throw new CloudException(
            "PrefixListMaxEntriesExceeded",
            $"You've reached the maximum number of entries for the prefix list: {list.MaxEntries}.");
    }

    private static ManagedPrefixList View(PrefixListRecord list) => new()
    {
        PrefixListId = list.Id,
        PrefixListName = list.Name,
        PrefixListArn = $"arn:aws:ec2:{list.Region}:{(OwnerOf(list) == "AWS" ? "aws" : Identifiers.AccountId)}:prefix-list/{list.Id}",
        AddressFamily = list.Family,
        MaxEntries = list.MaxEntries == 0 ? null : list.MaxEntries,
        Version = list.Version == 0 ? null : list.Version,
        State = $"{list.LastChange}-complete",
        OwnerId = OwnerOf(list),
        Tags = TagText.ToModel(list.Tags),
    };
}
