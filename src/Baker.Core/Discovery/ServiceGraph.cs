using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Discovery;

/// <summary>Which groups of an environment provide which services, and which need them: those of their own Region.</summary>
public sealed class ServiceGraph
{
    private readonly ILookup<(string Region, ServiceName Service), ServiceGroup> _providers;

    public ServiceGraph(IEnumerable<ServiceGroup> groups)
    {
        Groups = [.. groups.Where(group => !group.Provides.IsEmpty || !group.Needs.IsEmpty)];
        _providers = Groups
            .SelectMany(group => group.Provides.Select(service => (Key: (group.Region, service.Name), Group: group)))
            .ToLookup(each => each.Key, each => each.Group);
    }

    /// <summary>The groups that provide or need something, in the manifest's order.</summary>
    public ImmutableArray<ServiceGroup> Groups { get; }

    /// <summary>All services that somebody provides or needs, by name.</summary>
    public IEnumerable<ServiceName> Services => Groups
        .SelectMany(group => group.Provides.Select(service => service.Name).Concat(group.Needs.Select(need => need.Name)))
        .Distinct()
        .OrderBy(name => name.ToString(), StringComparer.Ordinal);

    /// <summary>The groups of a group's Region that provide what it needs.</summary>
    public IEnumerable<ServiceGroup> ProvidersFor(ServiceGroup group, NeededService need) => _providers[(group.Region, need.Name)];

    /// <summary>The groups of any Region that provide a service.</summary>
    public IEnumerable<ServiceGroup> ProvidersOf(ServiceName service) =>
        Groups.Where(group => group.Provides.Any(each => each.Name == service));

    /// <summary>The groups that need a service, each with how.</summary>
    public IEnumerable<(ServiceGroup Group, NeededService Need)> NeedersOf(ServiceName service) =>
        Groups.SelectMany(group => group.Needs.Where(need => need.Name == service).Select(need => (group, need)));

    /// <summary>
    /// The groups that wait for themselves, so that none of them could be the first: each of their needs is open until one of its
    /// providers runs. Optional needs, those that nobody provides, and a group's own services hold nobody up here.
    /// </summary>
    public ImmutableArray<ServiceCircle> Circles()
    {
        var running = Running();
        var circles = ImmutableArray.CreateBuilder<ServiceCircle>();
        foreach (var group in Groups.Where(group => !running.Contains(group.Name)))
        {
            if (WayRound(group, running) is { } circle)
            {
                circles.Add(circle);
            }
        }

        return circles.ToImmutable();
    }

    /// <summary>The groups that can run when each waits for one provider of everything that it needs.</summary>
    private HashSet<GroupName> Running()
    {
        var waiting = Groups
            .SelectMany(group => Open(group).Select(need => (Key: (group.Region, need.Name), Group: group)))
            .ToLookup(each => each.Key, each => each.Group);
        var missing = Groups.ToDictionary(group => group.Name, group => Open(group).Count());
        var next = new Queue<ServiceGroup>(Groups.Where(group => missing[group.Name] == 0));
        var (running, there) = (new HashSet<GroupName>(), new HashSet<(string, ServiceName)>());
        while (next.TryDequeue(out var group))
        {
            running.Add(group.Name);
            foreach (var key in group.Provides.Select(service => (group.Region, service.Name)).Where(there.Add))
            {
                foreach (var other in waiting[key].Where(other => --missing[other.Name] == 0))
                {
                    next.Enqueue(other);
                }
            }
        }

        return running;
    }

    private IEnumerable<NeededService> Open(ServiceGroup group) => group.Needs.Where(need =>
        !need.IsOptional && ProvidersFor(group, need).Any() && !ProvidersFor(group, need).Contains(group));

    /// <summary>Null where the group only waits for others that wait for themselves: each of those is told.</summary>
    private ServiceCircle? WayRound(ServiceGroup group, HashSet<GroupName> running)
    {
        var (at, seen, words) = (group, new HashSet<GroupName>(), new List<string>());
        NeededService? first = null;
        while (seen.Add(at.Name))
        {
            // Of what cannot run, something that it needs has no provider that can.
            var need = Open(at).First(each => ProvidersFor(at, each).All(provider => !running.Contains(provider.Name)));
            first ??= need;
            var provider = ProvidersFor(at, need).First();
            words.Add($"needs {need.Name} of {provider.Name}");
            at = provider;
        }

        return at == group ? new ServiceCircle(group, first!, $"{group.Name} {string.Join(", which ", words)}") : null;
    }
}
