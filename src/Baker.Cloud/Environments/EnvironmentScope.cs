using System.Collections.Immutable;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>One region of an environment: what is looked at and worked with there, and what is known of it by now.</summary>
internal sealed class EnvironmentScope(FleetContext context, string run, DesiredEnvironment desired, bool ends)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    public FleetContext Context => context;

    /// <summary>Whether all of it is to end.</summary>
    public bool Ends => ends;

    public CloudClients Clients => context.Clients;

    public string Region => context.Clients.Region;

    /// <summary>The environment's own region.</summary>
    public string HomeRegion => desired.HomeRegion;

    /// <summary>The environment's name; null where it has none.</summary>
    public string? Environment => context.Scope.Environment?.ToString();

    /// <summary>What the manifest asks for in this region.</summary>
    public IReadOnlyList<Resource> Desired { get; } = [.. desired.Resources.Where(each => each.Region == context.Clients.Region)];

    /// <summary>The balancers of this region that others manage: key, and name on the cloud.</summary>
    public IEnumerable<(string Key, string Name)> Existing =>
        desired.Existing.Where(each => each.Region == Region).Select(each => (each.Key, each.Name));

    /// <summary>What of others' the manifest names in this region.</summary>
    public IEnumerable<NamedResource> Named => desired.Named.Where(each => each.Region == Region);

    /// <summary>The groups of the manifest whose fleets are here.</summary>
    public IEnumerable<GroupName> GroupNames =>
        desired.Groups.Where(group => group.Region == Region && group.Autoscale is not null).Select(group => group.Name);

    /// <summary>The fleets that run here.</summary>
    public List<FoundFleet> Fleets { get; } = [];

    /// <summary>The names of all Auto Scaling groups of the environment here, also of those that are being deleted.</summary>
    public HashSet<string> AutoScalingGroups { get; } = new(StringComparer.Ordinal);

    /// <summary>The ARNs of all target groups here, whoever made them; null before they were looked at.</summary>
    public HashSet<string>? TargetGroups { get; set; }

    /// <summary>Alarms whose Auto Scaling group is none of these: its name, and the alarm's.</summary>
    public List<(string Fleet, string Alarm)> LeftAlarms { get; } = [];

    /// <summary>What Auto Scaling groups have left that are gone.</summary>
    public List<EnvironmentStep.Clear> Remains { get; } = [];

    /// <summary>What was found.</summary>
    public List<Resource> Found { get; } = [];

    /// <summary>What is in the way of what is to be made.</summary>
    public List<string> Obstacles { get; } = [];

    /// <summary>What the manifest asks for of a kind and was not found.</summary>
    public IEnumerable<Resource> Missing(ResourceKind kind)
    {
        var found = Found.Where(each => each.Kind == kind).Select(each => each.Key).ToHashSet(StringComparer.Ordinal);
        return Desired.Where(each => each.Kind == kind && !found.Contains(each.Key));
    }

    /// <summary>What the tag says that every resource has which Baker makes in the environment.</summary>
    public string Mark(ResourceKind kind, string key) => $"{Marks}{ResourceWords.Key(kind)}/{key}";

    /// <summary>What all of these begin with.</summary>
    public string Marks => $"{Environment ?? "-"}/";

    /// <summary>The key of a resource of that kind that carries the tag; null where it is none of the environment's.</summary>
    public string? KeyOf(ResourceKind kind, string? mark) =>
        mark is not null && mark.StartsWith(Mark(kind, ""), StringComparison.Ordinal) ? mark[Mark(kind, "").Length..] : null;

    /// <summary>The tags of what is made.</summary>
    public IEnumerable<KeyValuePair<string, string>> Tags(Resource resource)
    {
        yield return new("Name", resource.Name);
        if (Environment is { } environment)
        {
            yield return new(BakerTags.Environment, environment);
            yield return new(context.Tagging.EnvironmentKey, environment);
        }

        yield return new(EnvironmentTags.Resource, Mark(resource.Kind, resource.Key));
        yield return new(BakerTags.Run, run);
    }

    /// <summary>What was found, with which of Baker's tags it has not, or otherwise.</summary>
    public Resource Tagged(Resource found, IEnumerable<KeyValuePair<string, string>> tags)
    {
        var there = tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        return found with
        {
            Drift =
            [
                .. Tags(found)
                    .Where(tag => tag.Key != BakerTags.Run && there.GetValueOrDefault(tag.Key) != tag.Value)
                    .Select(tag => new Difference($"tag {tag.Key}", there.GetValueOrDefault(tag.Key, ""), tag.Value)),
            ],
        };
    }

    public string? Find(string reference)
    {
        lock (_gate)
        {
            return _known.GetValueOrDefault(reference);
        }
    }

    public void Know(string reference, string id)
    {
        lock (_gate)
        {
            _known[reference] = id;
        }
    }

    public IReadOnlyDictionary<string, string> Known => _known;

    /// <summary>A resource as it is to be made now, with everything known that it stands on.</summary>
    /// <exception cref="BakerException">Something that it stands on is not there.</exception>
    public Resource Now(Resource resource)
    {
        var now = (resource.Origin ?? resource).Resolve(Find);
        var missing = now.Values.Values.Concat(now.Fixed.Values).Append(now.Name).Append(now.Key)
            .Select(Reference.Unresolved)
            .FirstOrDefault(each => each is not null);
        return missing is null ? now : throw new BakerException(
            ExitCode.CloudFailed,
            $"{ResourceWords.Of(now)} stands on {missing.Replace(':', ' ').Replace('_', ' ')}, which is not there.",
            $"{context.Suggested.Package("environment:plan")} shows what is missing.");
    }
}
