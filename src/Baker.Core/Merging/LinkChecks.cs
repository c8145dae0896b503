using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>
/// Checks what a group says of what is around it: its balancers and datastores, the groups it waits for, its alarms.
/// </summary>
internal static class LinkChecks
{
    public static void Check(MergedGroup group, NodeManifest manifest, Func<MergedResources> read, DiagnosticBag diagnostics)
    {
        CheckAfter(group, manifest, diagnostics);
        if ((group.Environment is null && manifest.Environments.Count > 0)
            || (group.Find("balancer"u8) is null
                && group.Find("uses"u8) is null
                && group.Find("alarms"u8) is null
                && group.Find("autoscale"u8) is null
                && group.Find("security_groups"u8) is null))
        {
            return; // what stands at the top level may say only with an environment what it means
        }

        var resources = read();
        CheckBalancers(group, resources, diagnostics);
        CheckSecurityGroups(group, resources, diagnostics);
        CheckUses(group, resources, diagnostics);
        CheckAlarms(group, resources, diagnostics);
        CheckPolicies(group, resources, diagnostics);
    }

    /// <summary>The balancers that a group joins, those that there are.</summary>
    public static IEnumerable<ResourceEntry> BalancersOf(MergedGroup group, MergedResources resources) =>
        Texts(group.Find("balancer"u8)).Select(name => resources.Balancer(name.Text)).OfType<ResourceEntry>();

    /// <summary>The actions of an alarm, each with where it stands.</summary>
    public static IEnumerable<ManifestValue> ActionsOf(ManifestValue alarm) => alarm.Kind == ValueKind.Object
        ? ResourceValues.Properties(alarm.Find("actions"u8)).SelectMany(actions => ResourceValues.Texts(actions.Value))
        : [];

    /// <summary>Checks one action of an alarm: a topic or a policy by its name, or an ARN, all where the alarm is.</summary>
    public static void CheckAction(
        string alarm,
        ManifestValue action,
        string region,
        IReadOnlyCollection<string> policies,
        MergedResources resources,
        DiagnosticBag diagnostics)
    {
        var name = action.Text;
        if (name.StartsWith("arn:", StringComparison.Ordinal))
        {
            if (name.Split(':') is [_, _, _, { Length: > 0 } place, ..] && place != region)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    action,
                    $"{alarm} is in {region}, and its action in {place}; CloudWatch takes actions of its own region.",
                    "Name one of that region.");
            }

            return;
        }

        var topic = resources.Topic(name);
        if (topic is null && !policies.Contains(name))
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                action,
                $"{alarm} names {Quoting.Quote(name)}, and there is neither a topic nor a policy of that name.",
                DidYouMean.Suggest(
                    name,
                    resources.Topics.Select(each => each.Name).Concat(policies),
                    "Add it to __topics__ or to autoscale.policies, or write its ARN."));
        }
        else if (topic is not null && policies.Contains(name))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                action,
                $"{alarm} names {Quoting.Quote(name)}, which is a topic (at {topic.Key.Position}) and a policy.",
                "Rename one of them.");
        }
        else if (topic is not null && resources.Region(topic) != region)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                action,
                $"{alarm} is in {region}, and the topic {name} in {resources.Region(topic)}.",
                "Add a topic of that region.");
        }
    }

    private static void CheckBalancers(MergedGroup group, MergedResources resources, DiagnosticBag diagnostics)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var named in Texts(group.Find("balancer"u8)))
        {
            if (!seen.Add(named.Text))
            {
                continue;
            }

            if (resources.Balancer(named.Text) is not { } balancer)
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    named,
                    $"{group.Name} joins the balancer {Quoting.Quote(named.Text)}, and there is none of that name.",
                    DidYouMean.Suggest(named.Text, resources.Balancers.Select(each => each.Name), "Add it to __balancers__."));
            }
            else if (AncestryChecks.RegionOf(group) is { } region && resources.Region(balancer) != region)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    named,
                    $"{group.Name} is in {region}, and the balancer {balancer.Name} in {resources.Region(balancer)}.",
                    $"Give the balancer \"region\": \"{region}\", or join another.");
            }
        }
    }

    private static void CheckSecurityGroups(MergedGroup group, MergedResources resources, DiagnosticBag diagnostics)
    {
        foreach (var named in Texts(group.Find("security_groups"u8)))
        {
            if (resources.SecurityGroup(named.Text) is { } known
                && AncestryChecks.RegionOf(group) is { } region
                && resources.Region(known) != region)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    named,
                    $"{group.Name} is in {region}, and its security group {known.Name} in {resources.Region(known)}.",
                    $"Name one of {region}.");
            }
        }
    }

    private static void CheckUses(MergedGroup group, MergedResources resources, DiagnosticBag diagnostics)
    {
        foreach (var named in Texts(group.Find("uses"u8)).Where(named => resources.Datastore(named.Text) is null))
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                named,
                $"{group.Name} uses the datastore {Quoting.Quote(named.Text)}, and there is none of that name.",
                DidYouMean.Suggest(named.Text, resources.Datastores.Select(each => each.Name), "Add it to __datastores__."));
        }
    }

    private static void CheckAlarms(MergedGroup group, MergedResources resources, DiagnosticBag diagnostics)
    {
        if (group.Find("alarms"u8) is not { Kind: ValueKind.Object } alarms || AncestryChecks.RegionOf(group) is not { } region)
        {
            return;
        }

        if (group.Find("autoscale"u8) is not { Kind: ValueKind.Object }
            && alarms.Properties.Where(alarm => alarm.Value.Kind == ValueKind.Object)
                .Select(alarm => (ManifestValue?)alarm.Name)
                .FirstOrDefault() is { } alone)
        {
            diagnostics.Warning(
                DiagnosticCode.Conflict,
                alone,
                $"{group.Name} has alarms and no fleet" + (group.Environment is { } where ? $" in {where.Name}" : "") + ": none is made.",
                "Give it an \"autoscale\", or write the alarms beside a balancer; --strict makes this an error.");
        }

        var policies = Inner(group, "policies"u8).Select(policy => policy.Name.Text).ToList();
        foreach (var alarm in alarms.Properties)
        {
            foreach (var action in ActionsOf(alarm.Value))
            {
                CheckAction($"{group.Name}.alarms.{alarm.Name.Text}", action, region, policies, resources, diagnostics);
            }

            CheckDimensions(group, alarm.Value, resources, diagnostics);
        }
    }

    /// <summary>What is filled in from a balancer needs one, and one alone.</summary>
    private static void CheckDimensions(MergedGroup group, ManifestValue alarm, MergedResources resources, DiagnosticBag diagnostics)
    {
        if (alarm.Kind != ValueKind.Object)
        {
            return;
        }

        var space = alarm.Find("namespace"u8);
        var asks = space is { Kind: ValueKind.String } named && named.Text is "AWS/ApplicationELB" or "AWS/NetworkELB"
            ? space
            : ResourceValues.Properties(alarm.Find("dimensions"u8))
                .Where(each => each.Value.Kind == ValueKind.String
                    && (each.Value.Text.Contains("{{balancer}}", StringComparison.Ordinal)
                        || each.Value.Text.Contains("{{target_group}}", StringComparison.Ordinal)))
                .Select(each => (ManifestValue?)each.Value)
                .FirstOrDefault();
        var count = BalancersOf(group, resources).Count();
        if (asks is { } place && count != 1)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                place,
                $"An alarm of {group.Name} is about its balancer, and it joins {(count == 0 ? "none" : "several")}.",
                "Write the alarm beside the balancer, in __balancers__.");
        }
    }

    private static void CheckPolicies(MergedGroup group, MergedResources resources, DiagnosticBag diagnostics)
    {
        foreach (var policy in Inner(group, "policies"u8).Where(policy => policy.Value.Kind == ValueKind.Object))
        {
            if (policy.Value.Find("metric"u8) is { Kind: ValueKind.String } metric
                && metric.Text == "ALBRequestCountPerTarget"
                && BalancersOf(group, resources).Where(each => each.Text("type"u8) != "network").Take(2).Count() != 1)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    metric,
                    $"The policy {policy.Name.Text} of {group.Name} counts the requests of a balancer, and the group does not join "
                        + "exactly one.",
                    "Write \"balancer\" in the group, or name another metric.");
            }
        }
    }

    private static void CheckAfter(MergedGroup group, NodeManifest manifest, DiagnosticBag diagnostics)
    {
        foreach (var named in Texts(group.Find("after"u8)))
        {
            if (!GroupName.IsOne(named.Text))
            {
                continue;
            }

            var other = manifest.Find(GroupName.Parse(named.Text));
            if (other is null || group.Environment?.Has(other.Name) == false)
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    named,
                    $"{group.Name} comes after {Quoting.Quote(named.Text)}, and there is no such group"
                        + (group.Environment is { } environment ? $" in {environment.Name}." : "."),
                    DidYouMean.Suggest(
                        named.Text,
                        manifest.AllGroups.Select(entry => entry.Name.ToString()).Where(name => name != named.Text),
                        "Add the group, or correct the name."));
            }
            else if (Way(group, other, manifest) is { } way)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    named,
                    $"{group.Name} would come after itself: {way}.",
                    "Remove one of these \"after\".");
            }
            else if (!(group.Environment is null && manifest.Environments.Count > 0)
                && AncestryChecks.Merged(other, manifest, group.Environment)?.Find("autoscale"u8) is not { Kind: ValueKind.Object })
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    named,
                    $"{group.Name} comes after {other.Name}, which has no fleet"
                        + (group.Environment is { } where ? $" in {where.Name}." : "."),
                    $"Give {other.Name} an \"autoscale\", or name a group that has one.");
            }
        }
    }

    /// <summary>The way from a group back to itself, in words; null where there is none.</summary>
    private static string? Way(MergedGroup group, GroupEntry first, NodeManifest manifest)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<(GroupEntry Entry, string Way)>();
        open.Enqueue((first, $"{group.Name} after {first.Name}"));
        while (open.TryDequeue(out var next))
        {
            if (next.Entry.Name == group.Name)
            {
                return next.Way;
            }

            if (!seen.Add(next.Entry.Name) || AncestryChecks.Merged(next.Entry, manifest, group.Environment) is not { } merged)
            {
                continue;
            }

            foreach (var named in Texts(merged.Find("after"u8)).Where(each => GroupName.IsOne(each.Text)))
            {
                if (manifest.Find(GroupName.Parse(named.Text)) is { } entry)
                {
                    open.Enqueue((entry, $"{next.Way} after {entry.Name}"));
                }
            }
        }

        return null;
    }

    /// <summary>A text, or the texts of a list of all layers.</summary>
    public static IEnumerable<ManifestValue> Texts(MergedAttribute? attribute) => attribute switch
    {
        { Kind: ValueKind.String } one => [one.Winner],
        { Kind: ValueKind.Array } list => list.Items.Select(item => item.Value).Where(value => value.Kind == ValueKind.String),
        _ => [],
    };

    private static IEnumerable<ValueProperty> Inner(MergedGroup group, ReadOnlySpan<byte> name) =>
        group.Find("autoscale"u8) is { Kind: ValueKind.Object } autoscale ? ResourceValues.Properties(autoscale.Find(name)) : [];
}
