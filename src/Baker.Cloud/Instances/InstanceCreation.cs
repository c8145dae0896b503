using System.Collections.Immutable;
using System.Security.Cryptography;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>
/// Makes one instance outside any fleet. Its name is what it is known by: where an earlier run was killed behind the launch, the next one
/// goes on with the instance of that name.
/// </summary>
/// <param name="image">Finds the image; called when the change is planned.</param>
/// <param name="writeDna">Writes the DNA file of an instance.</param>
/// <param name="dnaFile">The file's name, for an instance id.</param>
/// <param name="joins">Whether it joins the target groups of its group.</param>
public sealed class InstanceCreation(
    FleetContext context,
    NodeGroup group,
    string name,
    SshKey key,
    string keyName,
    string? zone,
    string run,
    Func<Task<string>> image,
    Func<string, string> dnaFile,
    Action<string> writeDna,
    bool joins) : Operation<InstanceStep>
{
    private readonly KeyPairs _keys = new(context.Clients, context.Pacer);
    private readonly InstanceTraffic _traffic = new(context, run);
    private List<string> _zones = [];
    private ImmutableArray<TargetGroup> _targets = [];
    private NodeInstance? _there;

    private IEnumerable<string> TargetNames => _targets.Select(each => each.TargetGroupName);

    public override string Subject => group.Name;

    /// <summary>The instance, once it is launched.</summary>
    public string? Instance { get; private set; }

    public override async Task<IReadOnlyList<InstanceStep>> PlanAsync(CancellationToken stop)
    {
        _targets = joins ? await _traffic.OfGroupAsync(group, stop).ConfigureAwait(false) : [];
        var id = await image().ConfigureAwait(false);
        var steps = ImmutableArray.CreateBuilder<InstanceStep>();
        _there = await NamesakeAsync(id, stop).ConfigureAwait(false);
        Instance = _there?.Id;
        if (await _keys.IsMissingAsync(keyName, key, stop).ConfigureAwait(false))
        {
            steps.Add(new InstanceStep.ImportKey(keyName, key.Path));
        }

        if (_there is null)
        {
            _zones = await new FleetPlaces(context).ZonesOfAsync(group, stop).ConfigureAwait(false);
            steps.Add(new InstanceStep.Launch(
                group.Name,
                name,
                group.InstanceTypes.FirstOrDefault(),
                id,
                zone ?? "one of " + string.Join(", ", _zones)));
        }

        steps.Add(new InstanceStep.WriteDna(dnaFile(Instance ?? "<instance-id>")));
        if (joins)
        {
            steps.Add(new InstanceStep.Join(name, string.Join(", ", TargetNames)));
        }

        return steps.ToImmutable();
    }

    public override async Task DoAsync(InstanceStep step, CancellationToken stop)
    {
        switch (step)
        {
            case InstanceStep.ImportKey import:
                await _keys.ImportAsync(import.Name, key, stop).ConfigureAwait(false);
                break;
            case InstanceStep.Launch launch:
                var place = zone ?? _zones[RandomNumberGenerator.GetInt32(_zones.Count)];
                Instance = await new InstanceFactory(context).LaunchAsync(
                    group,
                    launch.Image,
                    name,
                    keyName,
                    place,
                    run,
                    TargetNames,
                    stop).ConfigureAwait(false);
                break;
            case InstanceStep.WriteDna:
                writeDna(Instance!);
                break;
            case InstanceStep.Join:
                if (_there is not null && !TargetNames.All(_there.Joined.Contains))
                {
                    await new InstanceFactory(context)
                        .MarkJoinedAsync(_there.Id, _there.Joined.Union(TargetNames), stop).ConfigureAwait(false);
                }

                await _traffic.JoinAsync(Instance!, _targets, stop).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <summary>The instance of that name that the group has outside fleets; null where there is none.</summary>
    /// <exception cref="BakerException">It is another than is asked for, or there are several.</exception>
    private async Task<NodeInstance?> NamesakeAsync(string image, CancellationToken stop)
    {
        var nodes = await new InstanceReader(context).ReadAsync([group.Name], stop).ConfigureAwait(false);
        switch (nodes.FindAll(node => node.Fleet is null && node.Name == name))
        {
            case []:
                return null;
            case [var one]:
                (string What, string There, string Asked)[] all =
                    [("image", one.Image, image), ("key", one.Key ?? "none", keyName), ("zone", one.Zone, zone ?? one.Zone)];
                var others = all
                    .Where(each => each.There != each.Asked)
                    .Select(each => $"its {each.What} is {each.There}, not {each.Asked}")
                    .ToList();
                if (others.Count > 0)
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        $"{group.Name} has an instance {name} already, {one.Id}, and {string.Join("; ", others)}.",
                        $"Give the new one another --name, or end that one: {context.Suggested.Package($"instance:terminate {one.Id}")}");
                }

                context.Say($"{name} is there already, as {one.Id}: going on with it");
                return one;
            case var several:
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{group.Name} has {several.Count} instances {name} already: {string.Join(", ", several.Select(each => each.Id))}.",
                    $"Give the new one another --name, or end those: {context.Suggested.Package($"instance:terminate {name}")}");
        }
    }
}
