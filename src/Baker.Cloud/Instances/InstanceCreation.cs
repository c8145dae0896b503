using System.Collections.Immutable;
using System.Security.Cryptography;
using Baker.Cloud.Changes;
using Baker.Cloud.Fleets;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>Makes one instance outside any fleet.</summary>
/// <param name="image">Finds the image; called when the change is planned.</param>
/// <param name="writeDna">Writes the DNA file of an instance.</param>
/// <param name="dnaFile">The file's name, for an instance id.</param>
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
    Action<string> writeDna) : Operation<InstanceStep>
{
    private readonly KeyPairs _keys = new(context.Clients, context.Pacer);
    private List<string> _zones = [];

    public override string Subject => group.Name;

    /// <summary>The instance, once it is launched.</summary>
    public string? Instance { get; private set; }

    public override async Task<IReadOnlyList<InstanceStep>> PlanAsync(CancellationToken stop)
    {
        var id = await image().ConfigureAwait(false);
        var steps = ImmutableArray.CreateBuilder<InstanceStep>();
        if (await _keys.IsMissingAsync(keyName, key, stop).ConfigureAwait(false))
        {
            steps.Add(new InstanceStep.ImportKey(keyName, key.Path));
        }

        _zones = await new FleetPlaces(context).ZonesOfAsync(group, stop).ConfigureAwait(false);
        steps.Add(new InstanceStep.Launch(
            group.Name,
            name,
            group.InstanceTypes.FirstOrDefault(),
            id,
            zone ?? "one of " + string.Join(", ", _zones)));
        steps.Add(new InstanceStep.WriteDna(dnaFile("<instance-id>")));
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
                    stop).ConfigureAwait(false);
                break;
            case InstanceStep.WriteDna:
                writeDna(Instance!);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }
}
