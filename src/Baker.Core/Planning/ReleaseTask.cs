using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>A task of the manifest that a release runs once, on a node of the group that has it.</summary>
public sealed record ReleaseTask(GroupName Group, string Name)
{
    internal JArray ToJson() => new(Group.ToString(), Name);

    internal static ReleaseTask? Parse(JToken? json) =>
        json is JArray task ? new ReleaseTask(GroupName.Parse((string)task[0]!), (string)task[1]!) : null;
}
