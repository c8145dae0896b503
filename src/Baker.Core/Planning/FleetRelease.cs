using System.Collections.Immutable;
using Baker.Core.Manifest;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// What the journals of groups that are released together have in common. Each names the groups; the first one's journal, which is
/// there from the first step to the last, has the rest.
/// </summary>
public sealed record FleetRelease
{
    /// <summary>In their order; the first has the notice.</summary>
    public required ImmutableArray<GroupName> Groups { get; init; }

    /// <summary>What requests get meanwhile (<see cref="NoticeAnswer"/>).</summary>
    public string Answer { get; init; } = "";

    /// <summary>The target groups (ARNs) of all of them: whatever leads there gets the notice.</summary>
    public ImmutableArray<string> TargetGroups { get; init; } = [];

    /// <summary>Runs once on one node of the new image, before the others come up.</summary>
    public ReleaseTask? Before { get; init; }

    /// <summary>Runs once when all are healthy, before the notice goes.</summary>
    public ReleaseTask? After { get; init; }

    /// <summary>Runs once in a rollback: takes back what <see cref="Before"/> did.</summary>
    public ReleaseTask? Undo { get; init; }

    /// <summary>For a rollback: whether <see cref="Before"/> had been begun.</summary>
    public bool IsMigrated { get; init; }

    /// <summary>As the journal of a group that is not the first has it.</summary>
    public FleetRelease OfAnother() => new() { Groups = Groups };

    internal JObject ToJson() => new()
    {
        ["groups"] = new JArray(Groups.Select(group => group.ToString())),
        ["answer"] = Answer,
        ["target_groups"] = new JArray(TargetGroups),
        ["before"] = Before?.ToJson(),
        ["after"] = After?.ToJson(),
        ["undo"] = Undo?.ToJson(),
        ["migrated"] = IsMigrated,
    };

    internal static FleetRelease? Parse(JToken? json) => json is not JObject release ? null : new FleetRelease
    {
        Groups = [.. release["groups"]!.Select(each => GroupName.Parse((string)each!))],
        Answer = (string?)release["answer"] ?? "",
        TargetGroups = [.. (release["target_groups"] as JArray ?? []).Select(each => (string)each!)],
        Before = ReleaseTask.Parse(release["before"]),
        After = ReleaseTask.Parse(release["after"]),
        Undo = ReleaseTask.Parse(release["undo"]),
        IsMigrated = (bool?)release["migrated"] ?? false,
    };
}
