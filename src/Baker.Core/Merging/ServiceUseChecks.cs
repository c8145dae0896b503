using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// Checks what one group says of services: that each has a port of its own, that the group does not wait for itself, and that its nodes
/// can do what is asked of them.
/// </summary>
internal static class ServiceUseChecks
{
    public static void Check(MergedGroup group, Settings settings, DiagnosticBag diagnostics)
    {
        CheckHook(group, diagnostics);
        CheckVariables(group, diagnostics);
        CheckTakesPart(group, settings, diagnostics);
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

    /// <summary>What nodes would silently not do, or not be able to.</summary>
    private static void CheckTakesPart(MergedGroup group, Settings settings, DiagnosticBag diagnostics)
    {
        var services = MergedServices.Needed(group).Select(need => need.Place)
            .Concat(MergedServices.Provided(group).Select(service => service.Place))
            .ToList();
        if (services.Count > 0 && group.Find("config"u8) is not { Kind: ValueKind.True or ValueKind.False })
        {
            diagnostics.Warning(
                DiagnosticCode.BadValue,
                services[0],
                $"{group.Name} provides or needs services, and its nodes neither announce nor look up any: it has no config.",
                "Write \"config\": true with an iam_instance_profile, or \"config\": false where something else does it.");
        }

        if (settings.Catalog.Etcd is { } etcd
            && services.Count > 0
            && group.Find("config"u8) is { Kind: ValueKind.True }
            && new[] { etcd.CaFile, etcd.CertificateFile }.FirstOrDefault(file => file?.Text.StartsWith('/') == false) is { } file)
        {
            diagnostics.Warning(
                DiagnosticCode.BadValue,
                file.Place,
                $"{Quoting.Quote(file.Text)} is a file of the project, and nodes that announce and look up have none of those.",
                "Put it into their image, and write its whole path there (which commands then read it from, too).");
        }

        if (group.Find("catalog_user"u8) is { Kind: ValueKind.String } user && settings.Catalog.Etcd?.User is null)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                user.Winner,
                $"{group.Name} has a catalog_user, and __settings__.catalog names no user of etcd's.",
                "Write \"catalog\": {\"etcd\": [\"https://etcd.internal:2379\"], \"user\": \"baker\"} there, or remove it.");
        }

        if (group.Find("drain"u8) is { Kind: ValueKind.Object } drain
            && Field(group, "drain"u8, "hook"u8) is null
            && group.Find("autoscale"u8) is { Kind: ValueKind.Object })
        {
            diagnostics.Warning(
                DiagnosticCode.BadValue,
                drain.Winner,
                $"{group.Name} drains, and no hook holds a node that Auto Scaling takes out: it may be ended in the midst of that.",
                "Add a hook to autoscale.lifecycle_hooks with the transition terminating, and name it in \"hook\".");
        }
    }

    /// <summary>Nodes would wait for nothing, and Auto Scaling for nobody, where the hook is not one that holds ending instances.</summary>
    private static void CheckHook(MergedGroup group, DiagnosticBag diagnostics)
    {
        if (Field(group, "drain"u8, "hook"u8) is not { Kind: ValueKind.String } hook)
        {
            return;
        }

        var tags = group.Find("tags"u8) is { Kind: ValueKind.Object } named ? named.Properties.Select(tag => tag.Name).ToList() : [];
        foreach (var key in tags.Where(key => !Shapes.IsPlainTagKey(key.Text)).Take(1))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                key,
                $"{group.Name} drains while a hook holds a node, which knows its fleet by its tags; EC2 tells none where one is called "
                    + $"{Quoting.Quote(key.Text)}.",
                "Give the tag a key of letters, digits and + - = . , _ : @ alone.");
        }

        var hooks = Field(group, "autoscale"u8, "lifecycle_hooks"u8) is { Kind: ValueKind.Array } all ? all.Items.ToList() : [];
        var held = hooks.Where(each => each.Kind == ValueKind.Object
            && each.Find("name"u8) is { Kind: ValueKind.String } name
            && name.TextEquals(hook)
            && each.Find("transition"u8) is { Kind: ValueKind.String } transition
            && transition.Text is "terminating" or "autoscaling:EC2_INSTANCE_TERMINATING").ToList();
        if (held.Count == 0)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                hook,
                $"{group.Name} drains while the hook {Quoting.Quote(hook.Text)} holds a node, and its fleet has none for those that end.",
                "Add it to autoscale.lifecycle_hooks with the transition terminating, or correct the name.");
            return;
        }

        var longest = ServiceSettings.LongestHold(held[0].Find("timeout"u8) is { } timeout && timeout.TryGetInteger(out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : ServiceSettings.UsualHookTimeout);
        if (Field(group, "drain"u8, "timeout"u8) is { Kind: ValueKind.String } text
            && Durations.TryParse(text.Text, out var drain)
            && drain > longest)
        {
            diagnostics.Warning(
                DiagnosticCode.BadValue,
                text,
                $"{group.Name} drains for up to {text.Text}, and the hook {Quoting.Quote(hook.Text)} holds a node for at most "
                    + string.Create(CultureInfo.InvariantCulture, $"{longest.TotalMinutes:0} min."),
                "Auto Scaling holds it for a hundred times the hook's timeout, 48 h at most: "
                    + "give the hook a longer one, or the drain less.");
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
