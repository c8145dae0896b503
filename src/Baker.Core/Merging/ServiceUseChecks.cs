using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks what one group says of services: that each has a port of its own, and that the group does not wait for itself.</summary>
internal static class ServiceUseChecks
{
    public static void Check(MergedGroup group, DiagnosticBag diagnostics)
    {
        CheckHook(group, diagnostics);
        CheckVariables(group, diagnostics);
        if (group.Find("provides"u8) is null && group.Find("services_from"u8) is null)
        {
            return; // what others provide is looked for across the groups
        }

        foreach (var (name, item) in MergedServices.Brought(group).Where(each => !ServiceName.IsOne(each.Name)))
        {
            diagnostics.Error(
                DiagnosticCode.BadName,
                item,
                $"{group.Name} would provide the service {Quoting.Quote(name)} by services_from, and no service can be called that.",
                "Rename the recipe: begin with a letter or digit; use only letters, digits, '.', '_' and '-'; at most 63 characters.");
        }

        var provided = MergedServices.Provided(group);
        var ports = new Dictionary<int, ProvidedService>();
        foreach (var service in provided)
        {
            if (service.Port is { } port && !ports.TryAdd(port, service))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    service.Place,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{group.Name} provides {service.Name} and, at {ports[port].Place}, {ports[port].Name}, both on port {port}."),
                    "Give each a port of its own.");
            }
        }

        foreach (var need in MergedServices.Needed(group).Where(need => !need.IsOptional))
        {
            if (provided.FirstOrDefault(service => service.Name == need.Name) is { } own)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    need.Place,
                    $"{group.Name} needs {need.Name}, which it provides itself (at {own.Place}): its first node would wait for ever.",
                    "Write {\"optional\": true}, and its nodes are told of each other, or remove it.");
            }
        }
    }

    /// <summary>Nodes have each service in a variable, and would have the last one alone.</summary>
    private static void CheckVariables(MergedGroup group, DiagnosticBag diagnostics)
    {
        var variables = new Dictionary<string, NeededService>(StringComparer.Ordinal);
        foreach (var need in MergedServices.Needed(group).Where(need => !variables.TryAdd(need.Name.Variable, need)))
        {
            var other = variables[need.Name.Variable];
            diagnostics.Error(
                DiagnosticCode.Conflict,
                need.Place,
                $"{group.Name} needs {need.Name} and, at {other.Place}, {other.Name}, and both would be {need.Name.Variable} on its nodes.",
                "Rename one of the services: two that a group needs may not differ only by case or by '.', '-' and '_'.");
        }
    }

    /// <summary>Nodes would wait for nothing, and Auto Scaling for nobody, where the hook is not one that holds ending instances.</summary>
    private static void CheckHook(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (Field(group, "drain"u8, "hook"u8) is { Kind: ValueKind.String } hook
            && !(Field(group, "autoscale"u8, "lifecycle_hooks"u8) is { Kind: ValueKind.Array } hooks
                && hooks.Items.ToList().Any(each => each.Kind == ValueKind.Object
                    && each.Find("name"u8) is { Kind: ValueKind.String } name
                    && name.TextEquals(hook)
                    && each.Find("transition"u8) is { Kind: ValueKind.String } transition
                    && transition.Text is "terminating" or "autoscaling:EC2_INSTANCE_TERMINATING")))
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                hook,
                $"{group.Name} drains while the hook {Quoting.Quote(hook.Text)} holds a node, and its fleet has none for those that end.",
                "Add it to autoscale.lifecycle_hooks with the transition terminating, or correct the name.");
        }
    }

    private static ManifestValue? Field(MergedGroup group, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> name)
    {
        foreach (var property in group.Find(attribute) is { Kind: ValueKind.Object } map ? map.Properties : [])
        {
            if (property.Name.TextEquals(name))
            {
                return property.Value;
            }
        }

        return null;
    }
}
