using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Checks a balancer's listeners and rules against each other, its type, its region and the groups that join it.</summary>
internal static class BalancerLinkChecks
{
    private static readonly string[] s_ofExisting = ["type", "scheme", "subnets", "security_groups", "attributes"];
    private static readonly string[] s_ofListener = ["protocol", "certificates", "policy", "forward", "redirect", "fixed"];

    public static void Check(ResourceEntry balancer, MergedResources resources, IReadOnlyList<MergedGroup> joined,
        DiagnosticBag diagnostics)
    {
        CheckNames(balancer, resources, joined, diagnostics);
        if (balancer.IsTrue("existing"u8))
        {
            Forbid(balancer.Name, balancer.Value, s_ofExisting, "is managed by others", diagnostics);
        }

        CheckSecurityGroups(balancer, resources, diagnostics);
        CheckSubnets(balancer, diagnostics);
        var isNetwork = balancer.Text("type"u8) == "network";
        ElbAttributes.CheckBalancer(balancer.Name, balancer.Value.Given("attributes"u8), isNetwork, diagnostics);
        CheckTarget(balancer.Name, balancer.Value, isNetwork, diagnostics);
        foreach (var target in ResourceValues.Properties(balancer.Value.Given("targets"u8)))
        {
            if (joined.All(group => group.Name != target.Name.Text))
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    target.Name,
                    $"{balancer.Name} has a target group for {Quoting.Quote(target.Name.Text)}, which does not join it.",
                    Unjoined(balancer, target.Name.Text, joined));
            }

            if (target.Value.Kind == ValueKind.Object)
            {
                CheckTarget($"{balancer.Name}.targets.{target.Name.Text}", target.Value, isNetwork, diagnostics);
                CheckAlarms($"{balancer.Name}.targets.{target.Name.Text}", target.Value, balancer, resources, diagnostics);
            }
        }

        CheckAlarms(balancer.Name, balancer.Value, balancer, resources, diagnostics);
        CheckListeners(balancer, resources, joined, isNetwork, diagnostics);
        CheckReached(balancer, joined, diagnostics);
    }

    private static void CheckNames(
        ResourceEntry balancer,
        MergedResources resources,
        IReadOnlyList<MergedGroup> joined,
        DiagnosticBag diagnostics)
    {
        if (!BalancerChecks.IsName(resources.BalancerName(balancer)))
        {
            Long(balancer.Key, "a balancer", resources.BalancerName(balancer), "Give it a \"name\".", diagnostics);
        }

        foreach (var group in joined.Where(group => !BalancerChecks.IsName(resources.TargetGroupName(balancer, group.Name))))
        {
            Long(
                balancer.Key,
                "a target group",
                resources.TargetGroupName(balancer, group.Name),
                $"Give it a shorter one: \"targets\": {{\"{group.Name}\": {{\"name\": \"…\"}}}} in {balancer.Name}.",
                diagnostics);
        }
    }

    private static void Long(ManifestValue place, string what, string name, string remedy, DiagnosticBag diagnostics) => diagnostics.Error(
        DiagnosticCode.BadName,
        place,
        $"{Quoting.Quote(name)} cannot be the name of {what}: ELB takes at most 32 letters, digits and hyphens, with no hyphen at "
            + "either end.",
        remedy);

    private static void CheckSecurityGroups(ResourceEntry balancer, MergedResources resources, DiagnosticBag diagnostics)
    {
        foreach (var named in balancer.Texts("security_groups"u8).Where(named => !Shapes.IsId(named.Text, "sg-")))
        {
            if (resources.SecurityGroup(named.Text) is not { } group)
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    named,
                    $"The balancer {balancer.Name} names the security group {Quoting.Quote(named.Text)}, and there is none of that name.",
                    DidYouMean.Suggest(
                        named.Text,
                        resources.SecurityGroups.Select(each => each.Name),
                        "Add it to __security_groups__, or write its id."));
            }
            else if (resources.Region(group) != resources.Region(balancer))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    named,
                    $"The balancer {balancer.Name} is in {resources.Region(balancer)}, and its security group {named.Text} in "
                        + $"{resources.Region(group)}.",
                    "Name one of that region.");
            }
        }
    }

    private static void CheckSubnets(ResourceEntry balancer, DiagnosticBag diagnostics)
    {
        if (balancer.Value.Given("subnets"u8) is not { Kind: ValueKind.Array } subnets)
        {
            return;
        }

        var texts = ResourceValues.Texts(subnets).ToList();
        if (texts.GroupBy(each => each.Text).FirstOrDefault(same => same.Count() > 1)?.Last() is { } twice)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                twice,
                $"The balancer {balancer.Name} has the subnet {twice.Text} twice.",
                "Remove one; a balancer has one subnet in each zone.");
        }
        else if (texts.Count < 2 && balancer.Text("type"u8) != "network")
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                subnets,
                $"The balancer {balancer.Name} has {texts.Count} subnet; an application balancer needs two, in two zones.",
                "Add one of another zone, or leave \"subnets\" out for those of the default VPC.");
        }
    }

    /// <summary>What is not to be said of a network balancer's targets, or of an application balancer's.</summary>
    private static void CheckTarget(string path, ManifestValue target, bool isNetwork, DiagnosticBag diagnostics)
    {
        ElbAttributes.CheckTargets(path, target.Given("target_attributes"u8), isNetwork, diagnostics);
        if (target.Given("protocol"u8) is { Kind: ValueKind.String } protocol
            && (protocol.Text is "TCP" or "TLS") != isNetwork)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                protocol,
                $"{path} sends {protocol.Text} to its nodes, and the balancer is {(isNetwork ? "a network" : "an application")} balancer.",
                isNetwork ? "Name TCP or TLS." : "Name HTTP or HTTPS, or write \"type\": \"network\".");
        }

        CheckTimeout(path, target, isNetwork, diagnostics);
        if (!isNetwork
            && target.Given("health_check"u8)?.Given("protocol"u8) is { Kind: ValueKind.String } asks
            && asks.Text == "TCP")
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                asks,
                $"{path} checks over TCP, which a network balancer alone does.",
                "Name HTTP or HTTPS.");
        }

        if (!isNetwork
            && target.Given("health_check"u8)?.Given("codes"u8) is { Kind: ValueKind.String } codes
            && codes.Text.Split(',', '-').Any(code => code.StartsWith('5')))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                codes,
                $"{path} takes 5xx for healthy, which a network balancer alone does.",
                "Name codes from 200 to 499.");
        }

        if (target.Given("stickiness"u8)?.Given("type"u8) is { Kind: ValueKind.String } sticky
            && (sticky.Text == "source_ip") != isNetwork
            && sticky.Text is "source_ip" or "lb_cookie" or "app_cookie")
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                sticky,
                $"{path} is sticky by {sticky.Text}, and the balancer is {(isNetwork ? "a network" : "an application")} balancer.",
                isNetwork ? "Name source_ip." : "Name lb_cookie or app_cookie.");
        }
    }

    /// <summary>Where no timeout is said ELB's own holds, which may be too long for the interval.</summary>
    private static void CheckTimeout(string path, ManifestValue target, bool isNetwork, DiagnosticBag diagnostics)
    {
        if (target.Given("health_check"u8) is not { } check
            || check.Given("timeout"u8) is not null
            || check.Given("interval"u8) is not { } interval
            || !interval.TryGetInteger(out var seconds))
        {
            return;
        }

        var isTcp = check.Given("protocol"u8) is { Kind: ValueKind.String } asks
            ? asks.Text == "TCP"
            : isNetwork && (check.Given("path"u8) ?? check.Given("codes"u8)) is null;
        if (seconds <= BalancerChecks.Timeout(isTcp, isNetwork))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                interval,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} is checked every {seconds} s, and ELB waits {BalancerChecks.Timeout(isTcp, isNetwork)} s for an answer."),
                "Add a \"timeout\" to the health check, less than the interval.");
        }
    }

    private static void CheckAlarms(
        string path,
        ManifestValue value,
        ResourceEntry balancer,
        MergedResources resources,
        DiagnosticBag diagnostics)
    {
        foreach (var alarm in ResourceValues.Properties(value.Given("alarms"u8)))
        {
            CheckDimensions($"{path}.alarms.{alarm.Name.Text}", alarm.Value, path != balancer.Name, diagnostics);
            foreach (var action in LinkChecks.ActionsOf(alarm.Value))
            {
                LinkChecks.CheckAction(
                    $"{path}.alarms.{alarm.Name.Text}",
                    action,
                    resources.Region(balancer),
                    [],
                    resources,
                    diagnostics);
            }
        }
    }

    /// <summary>A balancer has no fleet, and no group where the alarm is not beside one of its <c>targets</c>.</summary>
    private static void CheckDimensions(string alarm, ManifestValue value, bool isOfTarget, DiagnosticBag diagnostics)
    {
        string[] unknown = isOfTarget ? ["{{fleet}}"] : ["{{fleet}}", "{{group}}", "{{target_group}}"];
        foreach (var dimension in value.Kind == ValueKind.Object ? ResourceValues.Properties(value.Given("dimensions"u8)) : [])
        {
            if (dimension.Value.Kind == ValueKind.String
                && Array.Find(unknown, each => dimension.Value.Text.Contains(each, StringComparison.Ordinal)) is { } named)
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    dimension.Value,
                    $"{alarm} names {named}, and is the balancer's.",
                    isOfTarget ? "Write the alarm in the group." : "Write the alarm in the group, or beside one of the targets.");
            }
        }
    }

    private static void CheckListeners(
        ResourceEntry balancer,
        MergedResources resources,
        IReadOnlyList<MergedGroup> joined,
        bool isNetwork,
        DiagnosticBag diagnostics)
    {
        var ports = new Dictionary<long, ManifestValue>();
        foreach (var listener in ResourceValues.Objects(balancer.Value.Given("listeners"u8)))
        {
            var port = listener.Given("port"u8) is { } given && given.TryGetInteger(out var number) ? number : 0;
            if (port > 0 && !ports.TryAdd(port, listener.Given("port"u8)!.Value))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    listener.Given("port"u8)!.Value,
                    $"The balancer {balancer.Name} listens on port {port} twice; the other is at {ports[port].Position}.",
                    "Remove one, or merge their rules.");
            }

            if (balancer.IsTrue("existing"u8))
            {
                Forbid($"A listener of {balancer.Name}", listener, s_ofListener, "is managed by others", diagnostics);
            }
            else
            {
                CheckProtocol(balancer, listener, resources, isNetwork, diagnostics);
                CheckDefault(balancer, listener, joined, diagnostics);
            }

            if (isNetwork)
            {
                CheckForwards(balancer, listener, diagnostics);
            }

            CheckRedirects(balancer, listener, diagnostics);
            CheckForward(balancer, listener, joined, diagnostics);
            CheckRules(balancer, listener, joined, isNetwork, diagnostics);
        }
    }

    /// <summary>A redirect that names what the request has already comes in again, and ELB refuses it.</summary>
    private static void CheckRedirects(ResourceEntry balancer, ManifestValue listener, DiagnosticBag diagnostics)
    {
        foreach (var value in ResourceValues.Objects(listener.Given("rules"u8)).Prepend(listener))
        {
            if (value.Given("redirect"u8) is { Kind: ValueKind.Object } redirect
                && redirect.GivenProperties().Any(each => each.Name.Text is "protocol" or "port" or "host" or "path")
                && redirect.GivenProperties().All(each => each.Name.Text switch
                {
                    "protocol" => each.Value.Kind == ValueKind.String
                        && listener.Given("protocol"u8) is { Kind: ValueKind.String } own
                        && each.Value.Text == own.Text,
                    "port" => each.Value.TryGetInteger(out var port)
                        && listener.Given("port"u8) is { } own
                        && own.TryGetInteger(out var number)
                        && port == number,
                    "host" => each.Value.Kind == ValueKind.String && each.Value.Text == "#{host}",
                    "path" => each.Value.Kind == ValueKind.String && each.Value.Text == "/#{path}",
                    _ => true,
                }))
            {
                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    redirect,
                    $"A redirect of {balancer.Name} leads back to where the request came in.",
                    "Name another protocol, port, host or path, such as {\"protocol\": \"HTTPS\", \"port\": 443}.");
            }
        }
    }

    /// <summary>A listener of a network balancer has no other action.</summary>
    private static void CheckForwards(ResourceEntry balancer, ManifestValue listener, DiagnosticBag diagnostics)
    {
        foreach (var action in listener.GivenProperties().Where(property => property.Name.Text is "redirect" or "fixed"))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                action.Name,
                $"{balancer.Name} is a network balancer, which forwards all that comes in, and a listener has {action.Name.Text}.",
                "Name a group to forward to, or make it an application balancer.");
        }
    }

    private static void CheckProtocol(
        ResourceEntry balancer,
        ManifestValue listener,
        MergedResources resources,
        bool isNetwork,
        DiagnosticBag diagnostics)
    {
        if (listener.Given("protocol"u8) is not { } protocol)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                listener,
                $"A listener of {balancer.Name} needs the attribute \"protocol\".",
                isNetwork ? "Name TCP or TLS." : "Name HTTP or HTTPS.");
            return;
        }

        if (protocol.Kind != ValueKind.String)
        {
            return;
        }

        if ((protocol.Text is "TCP" or "TLS") != isNetwork)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                protocol,
                $"{balancer.Name} is {(isNetwork ? "a network" : "an application")} balancer, and listens for {protocol.Text}.",
                isNetwork ? "Name TCP or TLS." : "Name HTTP or HTTPS, or write \"type\": \"network\".");
        }

        var isSecure = protocol.Text is "HTTPS" or "TLS";
        var certificates = ResourceValues.Texts(listener.Given("certificates"u8)).ToList();
        if (isSecure && certificates.Count == 0)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                listener,
                $"A listener of {balancer.Name} speaks {protocol.Text} and has no certificate.",
                "Write \"certificates\": [\"arn:aws:acm:…\"].");
        }
        else if (!isSecure && (listener.Given("certificates"u8) ?? listener.Given("policy"u8)) is { } needless)
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                needless,
                $"A listener of {balancer.Name} speaks {protocol.Text}, which takes neither certificates nor a policy.",
                isNetwork ? "Name the protocol TLS, or remove it." : "Name the protocol HTTPS, or remove it.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var certificate in certificates.Where(each => !seen.Add(each.Text)))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                certificate,
                $"A listener of {balancer.Name} has this certificate twice.",
                "Remove one of them.");
        }

        foreach (var certificate in certificates.Where(each => each.Text.Split(':') is [_, _, "acm", { } region, ..]
            && region != resources.Region(balancer)))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                certificate,
                $"{balancer.Name} is in {resources.Region(balancer)}, and this certificate in {certificate.Text.Split(':')[3]}.",
                "Name a certificate of the balancer's region.");
        }
    }

    /// <summary>Where nothing is said the one group that joins gets what comes in.</summary>
    private static void CheckDefault(
        ResourceEntry balancer,
        ManifestValue listener,
        IReadOnlyList<MergedGroup> joined,
        DiagnosticBag diagnostics)
    {
        if (!HasAction(listener) && joined.Count != 1)
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                listener,
                joined.Count == 0
                    ? $"No group joins {balancer.Name}, and this listener does not say what becomes of what comes in."
                    : $"{string.Join(", ", joined.Select(group => group.Name))} join {balancer.Name}, and this listener does not "
                        + "say which one "
                        + "gets what comes in.",
                joined.Count == 0
                    ? $"Write \"balancer\": \"{balancer.Name}\" in a group, or a redirect or a fixed answer here."
                    : $"Write \"forward\": \"{joined[0].Name}\", for example.");
        }
    }

    private static void CheckRules(
        ResourceEntry balancer,
        ManifestValue listener,
        IReadOnlyList<MergedGroup> joined,
        bool isNetwork,
        DiagnosticBag diagnostics)
    {
        var priorities = new Dictionary<long, ManifestValue>();
        var conditions = new Dictionary<string, ManifestValue>(StringComparer.Ordinal);
        foreach (var rule in ResourceValues.Objects(listener.Given("rules"u8)))
        {
            if (isNetwork)
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    rule,
                    $"{balancer.Name} is a network balancer, which sees neither hosts nor paths.",
                    "Remove the rules, or make it an application balancer.");
                return;
            }

            if (rule.Given("priority"u8) is { } priority
                && priority.TryGetInteger(out var number)
                && !priorities.TryAdd(number, priority))
            {
                diagnostics.Error(
                    DiagnosticCode.Conflict,
                    priority,
                    $"Two rules of {balancer.Name} have the priority {number}; the other is at {priorities[number].Position}.",
                    "Give each a priority of its own.");
            }

            CheckConditions(balancer, rule, conditions, diagnostics);

            CheckForward(balancer, rule, joined, diagnostics);
        }
    }

    /// <summary>Of two rules that ask for the same, nothing reaches the one of the higher number.</summary>
    private static void CheckConditions(
        ResourceEntry balancer,
        ManifestValue rule,
        Dictionary<string, ManifestValue> seen,
        DiagnosticBag diagnostics)
    {
        var (hosts, paths) = (ResourceValues.Texts(rule.Given("host"u8)).ToList(), ResourceValues.Texts(rule.Given("path"u8)).ToList());
        if (hosts.Concat(paths).ToList() is not [var place, ..])
        {
            return;
        }

        var asked = string.Join(' ', hosts.Select(host => host.Text.ToLowerInvariant()).Order(StringComparer.Ordinal))
            + "\n"
            + string.Join(' ', paths.Select(path => path.Text).Order(StringComparer.Ordinal));
        if (!seen.TryAdd(asked, place))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                place,
                $"Two rules of a listener of {balancer.Name} ask for the same hosts and paths; the other is at {seen[asked].Position}.",
                "Remove the one that has the higher priority number, which nothing reaches, or have it ask for something else.");
        }
    }

    /// <summary>The groups that a listener or a rule forwards to.</summary>
    private static IEnumerable<ManifestValue> Forwards(ManifestValue value) => value.Given("forward"u8) switch
    {
        { Kind: ValueKind.String } one => [one],
        { Kind: ValueKind.Object } several => several.Properties.ToList().Select(each => each.Name),
        _ => [],
    };

    private static void CheckForward(
        ResourceEntry balancer,
        ManifestValue value,
        IReadOnlyList<MergedGroup> joined,
        DiagnosticBag diagnostics)
    {
        foreach (var group in Forwards(value).Where(group => joined.All(each => each.Name != group.Text)))
        {
            diagnostics.Error(
                DiagnosticCode.BadValue,
                group,
                $"{balancer.Name} forwards to {Quoting.Quote(group.Text)}, which does not join it.",
                Unjoined(balancer, group.Text, joined));
        }
    }

    /// <summary>A fleet in a target group that nothing forwards to never becomes healthy.</summary>
    private static void CheckReached(ResourceEntry balancer, IReadOnlyList<MergedGroup> joined, DiagnosticBag diagnostics)
    {
        var listeners = ResourceValues.Objects(balancer.Value.Given("listeners"u8)).ToList();
        if (balancer.IsTrue("existing"u8) && listeners.Count == 0)
        {
            return; // it forwards to what others say
        }

        var reached = listeners
            .SelectMany(listener => ResourceValues.Objects(listener.Given("rules"u8)).Prepend(listener))
            .SelectMany(Forwards)
            .Select(group => group.Text)
            .ToHashSet(StringComparer.Ordinal);
        if (joined.Count == 1 && !balancer.IsTrue("existing"u8) && listeners.Exists(listener => !HasAction(listener)))
        {
            return;
        }

        foreach (var group in joined.Where(group => !reached.Contains(group.Name)
            && group.Find("autoscale"u8) is { Kind: ValueKind.Object }))
        {
            var named = LinkChecks.Texts(group.Find("balancer"u8)).First(name => name.Text == balancer.Name);
            diagnostics.Error(
                DiagnosticCode.Conflict,
                named,
                $"{group.Name} joins {balancer.Name}, of which nothing forwards to it: its fleet would never be healthy there.",
                $"Write \"forward\": \"{group.Name}\" in one of the balancer's listeners or rules, or let the group not join it.");
        }
    }

    private static bool HasAction(ManifestValue value) =>
        (value.Given("forward"u8) ?? value.Given("redirect"u8) ?? value.Given("fixed"u8)) is not null;

    private static string Unjoined(ResourceEntry balancer, string name, IReadOnlyList<MergedGroup> joined) => DidYouMean.Suggest(
        name,
        joined.Select(group => group.Name.ToString()),
        $"Write \"balancer\": \"{balancer.Name}\" in that group, or name one that joins.");

    private static void Forbid(string what, ManifestValue value, string[] names, string why, DiagnosticBag diagnostics)
    {
        foreach (var property in value.GivenProperties().Where(property => names.Contains(property.Name.Text)))
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                property.Name,
                $"{what} {why}, and has a {property.Name.Text} here.",
                "Remove it; of an existing balancer Baker adds rules to its listeners and target groups for them.");
        }
    }
}
