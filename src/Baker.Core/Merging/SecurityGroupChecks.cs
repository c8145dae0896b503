using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks that what the rules of security groups name is there, once, and in the same region.</summary>
internal static class SecurityGroupChecks
{
    /// <summary>EC2's quota of rules a direction, where nobody has raised it.</summary>
    private const int MostRules = 60;

    public static void Check(MergedResources resources, DiagnosticBag diagnostics)
    {
        var names = new Dictionary<string, ManifestValue>(StringComparer.Ordinal);
        foreach (var group in resources.SecurityGroups)
        {
            var place = $"{resources.NameOf(group)} {group.Text("vpc"u8)} {resources.Region(group)}";
            if (!names.TryAdd(place, group.Key))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    group.Key,
                    $"Two security groups would be called {Quoting.Quote(resources.NameOf(group))}; the other is at "
                        + $"{names[place].Position}.",
                    "Give one of them another \"name\".");
            }

            if (group.Name == "self" || group.Name.StartsWith("sg-", StringComparison.Ordinal)
                || group.Name.StartsWith("pl-", StringComparison.Ordinal))
            {
                diagnostics.Error(
                    DiagnosticCode.BadName,
                    group.Key,
                    $"A security group cannot be {Quoting.Quote(group.Name)} here: in a rule that is something else.",
                    "Give it another key; its \"name\" is what it is called on the cloud.");
            }

            Rules(group, "inbound", "from", resources, diagnostics);
            Rules(group, "outbound", "to", resources, diagnostics);
        }
    }

    private static void Rules(ResourceEntry group, string direction, string peer, MergedResources resources, DiagnosticBag diagnostics)
    {
        var seen = new Dictionary<string, ManifestValue>(StringComparer.Ordinal);
        var count = 0;
        foreach (var rule in ResourceValues.Objects(group.Value.Given(System.Text.Encoding.UTF8.GetBytes(direction))))
        {
            var port = rule.Given("port"u8) is { } given ? given.Kind == ValueKind.Number ? given.Spelling : given.Text : "";
            var protocol = rule.Given("protocol"u8) is { Kind: ValueKind.String } named ? named.Text : "tcp";
            foreach (var end in ResourceValues.Texts(rule.Given(System.Text.Encoding.UTF8.GetBytes(peer))))
            {
                var text = end.Text;
                var same = $"{protocol} {NetworkChecks.Ports(port)?.ToString() ?? port} {(text == group.Name ? "self" : text)}";
                if (!seen.TryAdd(same, end))
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        end,
                        $"The security group {group.Name} has this rule a second time; the first is at "
                            + $"{seen[same].Position}.",
                        "Remove one of them.");
                }

                if (protocol is "icmp" or "icmpv6" && text.Contains('/') && text.Contains(':') != (protocol == "icmpv6"))
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        end,
                        $"A rule of {group.Name} lets {protocol} in or out of {text}, where there is none.",
                        text.Contains(':') ? "Name the protocol icmpv6." : "Name the protocol icmp.");
                }

                if (++count == MostRules + 1)
                {
                    diagnostics.Warning(
                        DiagnosticCode.BadValue,
                        end,
                        $"The security group {group.Name} has more than {MostRules} rules {direction}, and EC2 takes no more unless its "
                            + "quota is raised.",
                        "Name larger ranges or a prefix list, or make two groups; --strict makes this an error.");
                }

                Peer(group, end, text, resources, diagnostics);
            }
        }
    }

    private static void Peer(ResourceEntry group, ManifestValue place, string text, MergedResources resources, DiagnosticBag diagnostics)
    {
        if (NetworkChecks.IsLiteralPeer(text) || text.Contains('/'))
        {
            return;
        }

        if (NetworkChecks.BalancerOf(text) is { } name)
        {
            if (resources.Balancer(name) is not { } balancer)
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    place,
                    $"A rule of {group.Name} names the balancer {Quoting.Quote(name)}, and there is none of that name.",
                    DidYouMean.Suggest(name, resources.Balancers.Select(each => each.Name), "Add it to __balancers__."));
            }
            else if (!balancer.Texts("security_groups"u8).Any())
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    place,
                    $"A rule of {group.Name} names the balancer {name}, which has no security_groups here.",
                    "Give it some, or name the security group or the range of addresses that it answers from.");
            }
        }
        else if (resources.SecurityGroup(text) is not { } other)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                place,
                $"A rule of {group.Name} names the security group {Quoting.Quote(text)}, and there is none of that name.",
                DidYouMean.Suggest(
                    text,
                    resources.SecurityGroups.Select(each => each.Name),
                    "Add it to __security_groups__, or write its id."));
        }
        else if (resources.Region(other) != resources.Region(group))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                place,
                $"A rule of {group.Name}, in {resources.Region(group)}, names {text}, which is in {resources.Region(other)}.",
                "Name a range of addresses; security groups know those of their own region.");
        }
    }
}
