using Baker.Cloud.Fleets;
using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Cloud.Discovery;

/// <summary>The entries of one group's nodes, for the changes that take nodes away and bring them back.</summary>
/// <param name="isNeeded">Whether a group needs one of its services: then a withdrawal waits until that can be known there.</param>
public sealed class GroupServices(FleetContext context, IServiceCatalog catalog, GroupName group, bool isNeeded) : INodeServices
{
    /// <summary>Where it is in SSM, what is asked besides tells as much.</summary>
    public Task RequireAsync(CancellationToken stop) =>
        catalog is SsmCatalog ? Task.CompletedTask : catalog.VersionAsync(stop);

    public async Task WithdrawAsync(IReadOnlyCollection<string> services, IReadOnlyCollection<string> instances, CancellationToken stop)
    {
        var there = await EntriesAsync(services, instances, stop).ConfigureAwait(false);
        foreach (var entry in there)
        {
            await catalog.WithdrawAsync(entry.Service, entry.Instance, stop).ConfigureAwait(false);
        }

        if (isNeeded && there.Count > 0)
        {
            context.Say($"  withdrawn: {Names(there)}; those who use it have {context.Notice.TotalSeconds:0.#} s to see that");
            await Task.Delay(context.Notice, context.Time, stop).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyDictionary<string, int>> ServingAsync(
        IReadOnlyCollection<string> services,
        IReadOnlyCollection<string> instances,
        CancellationToken stop) => (await EntriesAsync(services, instances, stop).ConfigureAwait(false))
            .Where(entry => entry.State == ServiceState.Serving)
            .CountBy(entry => entry.Service.ToString())
            .ToDictionary(StringComparer.Ordinal);

    public async Task AnnounceAsync(IReadOnlyCollection<string> services, IReadOnlyCollection<string> instances, CancellationToken stop)
    {
        var withdrawn = (await EntriesAsync(services, instances, stop).ConfigureAwait(false))
            .FindAll(entry => entry.State == ServiceState.Leaving);
        foreach (var entry in withdrawn)
        {
            await catalog.AnnounceAsync(entry.Turned(ServiceState.Serving, context.Clock.UtcNow), stop).ConfigureAwait(false);
        }
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> services, IReadOnlyCollection<string> instances, CancellationToken stop)
    {
        foreach (var entry in await EntriesAsync(services, instances, stop).ConfigureAwait(false))
        {
            await catalog.RemoveAsync(entry.Service, entry.Instance, stop).ConfigureAwait(false);
        }
    }

    public async Task RemoveGoneAsync(IReadOnlyCollection<string> services, CancellationToken stop)
    {
        var reader = new ServiceReader(context, catalog);
        foreach (var service in services)
        {
            foreach (var announced in await reader.ReadAsync(ServiceName.Parse(service), stop).ConfigureAwait(false))
            {
                if (announced.Health.IsDead && announced.Entry.Group == group)
                {
                    await catalog.RemoveAsync(announced.Entry.Service, announced.Entry.Instance, stop).ConfigureAwait(false);
                }
            }
        }
    }

    private static string Names(List<ServiceEntry> entries) => string.Join(", ", entries.Select(entry => entry.Service).Distinct());

    private async Task<List<ServiceEntry>> EntriesAsync(
        IReadOnlyCollection<string> services,
        IReadOnlyCollection<string> instances,
        CancellationToken stop)
    {
        var found = new List<ServiceEntry>();
        foreach (var service in services)
        {
            found.AddRange((await catalog.ReadAsync(ServiceName.Parse(service), stop).ConfigureAwait(false))
                .Where(entry => instances.Contains(entry.Instance)));
        }

        return found;
    }
}
