using Baker.Core.Discovery;
using Baker.Core.Merging;

namespace Baker.Core.Resources;

/// <summary>What groups provide and need, for their nodes, as a parameter in each group's region.</summary>
public static class ServiceResources
{
    internal static IEnumerable<Resource> Of(IEnumerable<NodeGroup> groups) => groups
        .Where(NodeServices.TakesPart)
        .Select(group => Of(group.Name, group.Region, NodeServices.Text(group)));

    /// <summary>The resource that such a parameter is.</summary>
    public static Resource Of(string group, string region, string text) => new(ResourceKind.Services, group, region, group)
    {
        Values = Resource.Empty.SetItem("text", text),
    };
}
