using Amazon.AutoScaling.Model;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>The tags that only fleets have; the common ones are in <see cref="BakerTags"/>.</summary>
public static class FleetTags
{
    /// <summary>On an Auto Scaling group: the image its launch template has.</summary>
    public const string Image = "baker:image";

    /// <summary>On an Auto Scaling group: what it was made with beside its image (<see cref="LaunchDigest"/>).</summary>
    public const string Settings = "baker:settings";

    /// <summary>
    /// On the new Auto Scaling group of an update: the size that a person gave it while both served, which it has from when it serves
    /// alone (<see cref="Capacity.ToText"/>).
    /// </summary>
    public const string Size = "baker:size";

    /// <summary>On an Auto Scaling group that a rollback has put back: the image that went, when, and by whom.</summary>
    public const string RolledBack = "baker:rolled-back";

    /// <summary>On an Auto Scaling group: the processes that were suspended before <c>autoscale:suspend</c>.</summary>
    public const string Suspended = "baker:suspended-before";

    /// <summary>On an Auto Scaling group: what a drained deploy gives back when it ends (<see cref="FleetHold"/>).</summary>
    public const string Minimum = "baker:minimum";

    /// <summary>On an Auto Scaling group: that its warm pool is the manifest's.</summary>
    public const string WarmPool = "baker:warm-pool";

    /// <summary>On an instance that a drained deploy takes out of service: the run's id.</summary>
    public const string Draining = "baker:draining";

    /// <summary>
    /// On such an instance outside any fleet: the target groups to put it back into, as <c>name:port</c>, with spaces
    /// between.
    /// </summary>
    public const string Targets = "baker:targets";

    /// <summary>
    /// On an instance outside any fleet: the target groups that it was launched to join, by their names, with spaces between.
    /// </summary>
    public const string Joined = "baker:joined";

    /// <summary>On an instance in quarantine: since when, by whom and why.</summary>
    public const string Quarantine = "baker:quarantine";

    /// <summary>The tags that a group's fleet and its instances have, whichever run makes it.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Lasting(FleetContext context, NodeGroup group)
    {
        KeyValuePair<string, string>[] own =
        [
            new("Name", context.Tagging.NameOf(group.Name, context.Scope.Environment)),
            new(BakerTags.UserGroup, group.Name),
            new(BakerTags.Group, group.Name),
            new(BakerTags.Purpose, Instances.InstanceReader.Purpose),
            .. context.TagsOf(group.Name),
        ];
        return own.Concat(group.Tags).DistinctBy(tag => tag.Key);
    }

    /// <summary>A tag of an Auto Scaling group, as AWS wants it.</summary>
    public static Tag Of(string name, string key, string value, bool propagate = false) =>
        new() { ResourceType = "auto-scaling-group", ResourceId = name, Key = key, Value = value, PropagateAtLaunch = propagate };
}
