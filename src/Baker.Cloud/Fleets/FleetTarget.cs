using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>What the manifest says about a group's fleet.</summary>
public sealed record FleetTarget(NodeGroup Group, FleetSettings Settings)
{
    /// <summary>What has the services of the group's nodes; null where nothing does.</summary>
    public INodeServices? Services { get; init; }

    /// <summary>What runs the scripts that judge a canary; null where nothing does.</summary>
    public IJudgeScripts? Judges { get; init; }

    /// <summary>What runs the tasks of the manifest on nodes; null where nothing does.</summary>
    public INodeTasks? Tasks { get; init; }
}
