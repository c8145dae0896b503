using System.Net;
using Baker.Core.Planning;

namespace Baker.Core.Discovery;

/// <summary>
/// How a service on a node is. Nobody renews an entry: whether its node lives is told by EC2, by Auto Scaling and by the target groups
/// that send to the service's port.
/// </summary>
/// <param name="Word"><c>serving</c>, <c>leaving</c>, <c>unwell</c> or <c>dead</c>.</param>
/// <param name="Reason">
/// Why it is unwell or dead; of one that leaves, what others say of its node meanwhile. Null where there is nothing to say.
/// </param>
public sealed record ServiceHealth(string Word, string? Reason)
{
    private const string Dead = "dead";
    private const string Unwell = "unwell";

    /// <summary>Whether nothing can be there any more, whatever the entry says.</summary>
    public bool IsDead => Word == Dead;

    /// <summary>Both in one.</summary>
    public string Text => Reason is null ? Word : $"{Word}: {Reason}";

    /// <param name="node">Null where there is no such instance.</param>
    public static ServiceHealth Of(ServiceEntry entry, AnnouncedNode? node)
    {
        if (node is null)
        {
            return new(Dead, "there is no such instance");
        }

        if (node.Group != entry.Group)
        {
            return new(Dead, $"the instance is one of {(node.Group.Length == 0 ? "no group" : node.Group)}");
        }

        if (node.State is not ("pending" or "running"))
        {
            return new(Dead, $"the instance is {node.State}");
        }

        if (IPAddress.TryParse(entry.Address, out _) && !node.Addresses.IsEmpty && !node.Addresses.Contains(entry.Address))
        {
            return new(Dead, $"the instance has the address {node.Addresses[0]}");
        }

        var reason = WhyUnwell(entry, node);
        return new(reason is null || entry.State == ServiceState.Leaving ? ServiceEntry.Word(entry.State) : Unwell, reason);
    }

    private static string? WhyUnwell(ServiceEntry entry, AnnouncedNode node)
    {
        if (node.Seen.WhyNotHealthy([]) is { } reason)
        {
            return reason;
        }

        foreach (var target in node.Seen.Targets.Where(target => target.Port == entry.Port && !target.IsHealthy && !target.IsNotUsed))
        {
            return $"{target.State} in {ArnText.Name(target.TargetGroup)}{(target.Reason is null ? "" : $": {target.Reason}")}";
        }

        return null;
    }
}
