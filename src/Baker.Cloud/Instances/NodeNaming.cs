using Amazon.EC2.Model;
using Baker.Cloud.Fleets;
using Baker.Core.Manifest;

namespace Baker.Cloud.Instances;

/// <summary>
/// Numbers the nodes that Auto Scaling has launched: it gives all of a fleet's the same tags, so that their names are completed when
/// Baker next works on the group.
/// </summary>
internal static class NodeNaming
{
    public static async Task CompleteAsync(FleetContext context, GroupName group, CancellationToken stop)
    {
        if (context.Tagging.NumbersOf(group, context.Scope.Environment) is not { } numbers)
        {
            return;
        }

        var nodes = await new InstanceReader(context).ReadAsync([group], stop).ConfigureAwait(false);
        foreach (var (id, name) in numbers.Missing(nodes.Select(node => (node.Id, node.Name, node.Launched, node.Fleet is null))))
        {
            await context.Pacer.SendAsync(
                context.Clients.EC2.CreateTagsAsync,
                new CreateTagsRequest { Resources = [id], Tags = [new Tag { Key = "Name", Value = name }] },
                stop).ConfigureAwait(false);
        }
    }
}
