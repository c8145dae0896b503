using System.Collections.Immutable;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Fleets;
using Baker.Cloud.Parameters;
using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Cloud.Discovery;

/// <summary>
/// The catalogue among SSM's parameters, one an entry. After each change a further parameter is written, whose version SSM counts:
/// nodes look at that one alone, and where it says that something of theirs has changed, at the entries of that service.
/// </summary>
public sealed class SsmCatalog(FleetContext context) : IServiceCatalog
{
    private const int MostPerPage = 10;

    /// <summary>SSM keeps that many versions of a parameter.</summary>
    private const int KeptVersions = 100;

    private readonly SsmParameters _parameters = new(context.Clients, context.Pacer);
    private readonly CatalogPath _path = new(context.Scope.Environment);

    public async Task<bool> AnnounceAsync(ServiceEntry entry, CancellationToken stop)
    {
        var before = await FindAsync(entry.Service, entry.Instance, stop).ConfigureAwait(false);
        return before?.Entry is { } old && entry.IsSameAs(old)
            ? await TellIfMissedAsync(entry, before.Value.Written, stop).ConfigureAwait(false)
            : await WriteAsync(entry, isNew: before is null, stop).ConfigureAwait(false);
    }

    public async Task<bool> WithdrawAsync(ServiceName service, string instance, CancellationToken stop) =>
        await FindAsync(service, instance, stop).ConfigureAwait(false) switch
        {
            null => false,
            ({ State: ServiceState.Leaving } left, var written) => await TellIfMissedAsync(left, written, stop).ConfigureAwait(false),
            ({ } entry, _) =>
                await WriteAsync(entry.Turned(ServiceState.Leaving, context.Clock.UtcNow), isNew: false, stop).ConfigureAwait(false),
            _ => await RemoveAsync(service, instance, stop).ConfigureAwait(false), // nobody can have read it
        };

    public async Task<bool> RemoveAsync(ServiceName service, string instance, CancellationToken stop)
    {
        if (await FindAsync(service, instance, stop).ConfigureAwait(false) is not var (entry, _))
        {
            return false;
        }

        if (entry is not null)
        {
            await WithdrawAsync(service, instance, stop).ConfigureAwait(false);
        }

        return await _parameters.RemoveAsync(_path.Entry(service, instance), stop).ConfigureAwait(false);
    }

    /// <summary>Removes what is left of it where nobody takes part any more.</summary>
    public async Task EmptyAsync(CancellationToken stop)
    {
        foreach (var entry in await ReadAsync(null, stop).ConfigureAwait(false))
        {
            await _parameters.RemoveAsync(_path.Entry(entry.Service, entry.Instance), stop).ConfigureAwait(false);
        }

        await _parameters.RemoveAsync(_path.Version, stop).ConfigureAwait(false);
    }

    public async Task<ImmutableArray<ServiceEntry>> ReadAsync(ServiceName? service, CancellationToken stop)
    {
        var (entries, others) = (new List<ServiceEntry>(), new List<string>());
        var request = new GetParametersByPathRequest
        {
            Path = service is { } one ? _path.Of(one) : _path.Root,
            Recursive = true,
            MaxResults = MostPerPage,
        };
        var pages = context.Pacer.PagesAsync(
            context.Clients.SSM.GetParametersByPathAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var parameter in (page.Parameters ?? []).Where(parameter => parameter.Name != _path.Version))
            {
                if (_path.Read(parameter.Name, parameter.Value) is { } entry)
                {
                    entries.Add(entry);
                }
                else
                {
                    others.Add(parameter.Name);
                }
            }
        }

        if (others.Count > 0)
        {
            context.Say(CatalogPath.PassedOver(others, "aws ssm delete-parameter --name"));
        }

        return ServiceEntry.Sorted(entries);
    }

    public async Task<CatalogVersion> VersionAsync(CancellationToken stop) =>
        await _parameters.FindAsync(_path.Version, stop).ConfigureAwait(false) is { } version
            ? new CatalogVersion(version.Version ?? 0, CatalogChange.TryParse(version.Value))
            : new CatalogVersion(0, null);

    /// <summary>Null where there is no such parameter; without an entry where it holds none.</summary>
    private async Task<(ServiceEntry? Entry, DateTimeOffset Written)?> FindAsync(
        ServiceName service,
        string instance,
        CancellationToken stop) =>
        await _parameters.FindAsync(_path.Entry(service, instance), stop).ConfigureAwait(false) is { } found
            ? (_path.Read(found.Name, found.Value), Time(found.LastModifiedDate))
            : null;

    private async Task<bool> WriteAsync(ServiceEntry entry, bool isNew, CancellationToken stop)
    {
        var request = new PutParameterRequest
        {
            Name = _path.Entry(entry.Service, entry.Instance),
            Value = entry.ToText(),
            Type = ParameterType.String,
            Overwrite = !isNew,
            Tags = isNew
                ?
                [
                    new Tag { Key = BakerTags.Group, Value = entry.Group },
                    .. context.TagsOf(entry.Group).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
                ]
                : null,
        };
        try
        {
            await context.Pacer.SendAsync(context.Clients.SSM.PutParameterAsync, request, stop).ConfigureAwait(false);
        }
        catch (ParameterAlreadyExistsException)
        {
            // The reply to an earlier try was lost, or the node has announced it in two places at once.
            (request.Overwrite, request.Tags) = (true, null);
            await context.Pacer.SendAsync(context.Clients.SSM.PutParameterAsync, request, stop).ConfigureAwait(false);
        }

        await TellAsync(entry, stop).ConfigureAwait(false);
        return true;
    }

    /// <summary>Makes up for a run that was killed between the entry and what counts the changes.</summary>
    private async Task<bool> TellIfMissedAsync(ServiceEntry entry, DateTimeOffset written, CancellationToken stop)
    {
        var since = (await _parameters.HistoryAsync(_path.Version, stop).ConfigureAwait(false))
            .FindAll(each => Time(each.LastModifiedDate) >= written);
        if (since.Exists(each => CatalogChange.TryParse(each.Value) == ChangeOf(entry))
            || (since.Count >= KeptVersions && since.TrueForAll(each => each.Version > 1)))
        {
            return false; // it was told, or so long ago that SSM has it no more
        }

        await TellAsync(entry, stop).ConfigureAwait(false);
        return true;
    }

    private async Task TellAsync(ServiceEntry entry, CancellationToken stop)
    {
        var request = new PutParameterRequest
        {
            Name = _path.Version,
            Value = ChangeOf(entry).ToText(),
            Type = ParameterType.String,
            Overwrite = true,
        };
        var reply = await context.Pacer.SendAsync(context.Clients.SSM.PutParameterAsync, request, stop).ConfigureAwait(false);
        var tags = (context.Tagging with { TypeKey = null }).Of(default, context.Scope.Environment).ToList();
        if (reply.Version == 1 && tags.Count > 0)
        {
            var tagging = new AddTagsToResourceRequest
            {
                ResourceType = ResourceTypeForTagging.Parameter,
                ResourceId = _path.Version,
                Tags = tags.ConvertAll(tag => new Tag { Key = tag.Key, Value = tag.Value }),
            };
            await context.Pacer.SendAsync(context.Clients.SSM.AddTagsToResourceAsync, tagging, stop).ConfigureAwait(false);
        }
    }

    private static CatalogChange ChangeOf(ServiceEntry entry) => new(entry.Service, entry.Instance, entry.State);

    private static DateTimeOffset Time(DateTime? modified) => new(modified?.ToUniversalTime() ?? default, TimeSpan.Zero);
}
