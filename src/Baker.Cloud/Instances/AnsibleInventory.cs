using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Instances;

/// <summary>Ansible's dynamic inventory: what <c>--list</c> and <c>--host</c> print.</summary>
public static class AnsibleInventory
{
    /// <summary>The group of hosts whose node group the manifest has no more.</summary>
    private const string Gone = "not_in_manifest";

    /// <param name="environments">The environment of a node group, where it has one.</param>
    /// <param name="isGone">Whether the manifest has a node group no more.</param>
    public static string List(IEnumerable<NodeInstance> instances, Func<string, string?> environments, Func<string, bool>? isGone = null)
    {
        var groups = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var hosts = new JObject();
        foreach (var instance in instances
            .Where(instance => instance.State == "running")
            .OrderBy(instance => instance.Id, StringComparer.Ordinal))
        {
            Add("group_" + instance.Group, instance.Id);
            if (environments(instance.Group) is { } environment)
            {
                Add("environment_" + environment, instance.Id);
            }

            if (instance.Name.Length > 0 && instance.Name != instance.Group)
            {
                Add("name_" + instance.Name, instance.Id);
            }

            if (isGone?.Invoke(instance.Group) == true)
            {
                Add(Gone, instance.Id);
            }

            hosts[instance.Id] = Variables(instance, environments(instance.Group));
        }

        var inventory = new JObject { ["_meta"] = new JObject { ["hostvars"] = hosts } };
        foreach (var (name, members) in groups)
        {
            inventory[name] = new JObject { ["hosts"] = new JArray(members) };
        }

        return inventory.ToString(Formatting.Indented);

        void Add(string group, string host)
        {
            // Ansible takes letters, digits and underscores in a group's name.
            var name = string.Concat(group.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
            if (!groups.TryGetValue(name, out var members))
            {
                groups[name] = members = [];
            }

            members.Add(host);
        }
    }

    /// <summary>The variables of one host; empty for one that is not there.</summary>
    public static string Host(IEnumerable<NodeInstance> instances, Func<string, string?> environments, string host) =>
        (instances.FirstOrDefault(instance => instance.Id == host) is { } found
            ? Variables(found, environments(found.Group))
            : []).ToString(Formatting.Indented);

    private static JObject Variables(NodeInstance instance, string? environment) => new()
    {
        ["ansible_host"] = instance.PublicAddress ?? instance.PrivateAddress,
        ["baker_group"] = instance.Group,
        ["baker_environment"] = environment,
        ["ec2_instance_id"] = instance.Id,
        ["ec2_instance_type"] = instance.Type,
        ["ec2_image_id"] = instance.Image,
        ["ec2_placement"] = instance.Zone,
        ["ec2_private_ip_address"] = instance.PrivateAddress,
        ["ec2_key_name"] = instance.Key,
        ["ec2_name"] = instance.Name,
        ["autoscaling_group"] = instance.Fleet,
    };
}
