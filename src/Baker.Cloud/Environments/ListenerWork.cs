using System.Globalization;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core.Resources;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.Cloud.Environments;

/// <summary>Listeners and their rules.</summary>
internal sealed class ListenerWork : IResourceWork
{
    public bool IsOf(ResourceKind kind) => kind is ResourceKind.Listener or ResourceKind.ListenerRule;

    /// <summary>They are found with their balancers.</summary>
    public Task ObserveAsync(EnvironmentScope scope, CancellationToken stop) => Task.CompletedTask;

    /// <param name="isOurs">Whether all that is there is Baker's; else what carries its tag.</param>
    public static async Task ObserveAsync(EnvironmentScope scope, string key, LoadBalancer balancer, bool isOurs, CancellationToken stop)
    {
        var listeners = new List<Listener>();
        var request = new DescribeListenersRequest { LoadBalancerArn = balancer.LoadBalancerArn };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.ELBv2.DescribeListenersAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            listeners.AddRange(page.Listeners ?? []);
        }

        var defaults = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var listener in listeners)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{key}/{listener.Port}");
            scope.Know($"listener:{place}", listener.ListenerArn);
            if (ActionOf(listener.DefaultActions) is ForwardAction.Forward forward)
            {
                defaults.UnionWith(forward.Targets.Select(target => target.Group));
            }

            if (isOurs)
            {
                scope.Found.Add(await FoundAsync(scope, place, key, balancer, listener, stop).ConfigureAwait(false));
            }

            if (balancer.Type == LoadBalancerTypeEnum.Application)
            {
                await RulesAsync(scope, place, key, balancer, listener, isOurs, stop).ConfigureAwait(false);
            }
        }

        if (!isOurs)
        {
            scope.Know($"default_targets:{key}", string.Join(", ", defaults));
        }
    }

    public async Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        if (resource.Kind == ResourceKind.ListenerRule)
        {
            var rule = new CreateRuleRequest
            {
                ListenerArn = resource["listener"],
                Priority = int.Parse(resource["priority"], CultureInfo.InvariantCulture),
                Conditions = Conditions(resource),
                Actions = [ActionOf(resource["action"])],
                Tags = BalancingTags.Of(scope, resource),
            };
            await scope.Context.Pacer.SendAsync(scope.Clients.ELBv2.CreateRuleAsync, rule, stop).ConfigureAwait(false);
            return;
        }

        var request = new CreateListenerRequest
        {
            LoadBalancerArn = resource["balancer"],
            Port = int.Parse(resource["port"], CultureInfo.InvariantCulture),
            Protocol = resource["protocol"],
            SslPolicy = resource["policy"] is { Length: > 0 } policy ? policy : null,
            Certificates = resource["certificate"] is { Length: > 0 } certificate
                ? [new Certificate { CertificateArn = certificate }] : null,
            DefaultActions = [ActionOf(resource["action"])],
            Tags = BalancingTags.Of(scope, resource),
        };
        try
        {
            var made = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.CreateListenerAsync,
                request,
                stop).ConfigureAwait(false);
            scope.Know($"listener:{resource.Key}", made.Listeners[0].ListenerArn);
        }
        catch (DuplicateListenerException)
        {
            // Made by a call whose reply was lost: the balancer is Baker's.
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.DescribeListenersAsync,
                new DescribeListenersRequest { LoadBalancerArn = request.LoadBalancerArn },
                stop).ConfigureAwait(false);
            scope.Know($"listener:{resource.Key}", reply.Listeners.First(each => each.Port == request.Port).ListenerArn);
        }

        await CertificatesAsync(scope, scope.Find($"listener:{resource.Key}")!, "", resource["more_certificates"],
            stop).ConfigureAwait(false);
    }

    public async Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop)
    {
        if (resource.Kind == ResourceKind.ListenerRule)
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.ModifyRuleAsync,
                new ModifyRuleRequest
                {
                    RuleArn = found.Id,
                    Conditions = Conditions(resource),
                    Actions = [ActionOf(resource["action"])],
                },
                stop).ConfigureAwait(false);
            return;
        }

        var request = new ModifyListenerRequest
        {
            ListenerArn = found.Id,
            Protocol = resource["protocol"],
            SslPolicy = resource["policy"] is { Length: > 0 } policy ? policy : null,
            Certificates = resource["certificate"] is { Length: > 0 } certificate
                ? [new Certificate { CertificateArn = certificate }] : null,
            DefaultActions = [ActionOf(resource["action"])],
        };
        await scope.Context.Pacer.SendAsync(scope.Clients.ELBv2.ModifyListenerAsync, request, stop).ConfigureAwait(false);
        await CertificatesAsync(scope, found.Id, found["more_certificates"], resource["more_certificates"], stop).ConfigureAwait(false);
    }

    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        try
        {
            await (resource.Kind == ResourceKind.ListenerRule
                ? scope.Context.Pacer.SendAsync(
                    scope.Clients.ELBv2.DeleteRuleAsync,
                    new DeleteRuleRequest { RuleArn = resource.Id },
                    stop) as Task
                : scope.Context.Pacer.SendAsync(
                    scope.Clients.ELBv2.DeleteListenerAsync,
                    new DeleteListenerRequest { ListenerArn = resource.Id },
                    stop)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RuleNotFoundException or ListenerNotFoundException)
        {
            // Gone by a call whose reply was lost.
        }
    }

    private static async Task<Resource> FoundAsync(
        EnvironmentScope scope,
        string place,
        string key,
        LoadBalancer balancer,
        Listener listener,
        CancellationToken stop)
    {
        var more = "";
        if (scope.Desired.FirstOrDefault(each => each.Kind == ResourceKind.Listener && each.Key == place)?
            .Values.ContainsKey("more_certificates") == true)
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.DescribeListenerCertificatesAsync,
                new DescribeListenerCertificatesRequest { ListenerArn = listener.ListenerArn },
                stop).ConfigureAwait(false);
            more = string.Join(", ", (reply.Certificates ?? [])
                .Where(certificate => certificate.IsDefault != true)
                .Select(certificate => certificate.CertificateArn)
                .Order(StringComparer.Ordinal));
        }

        return new Resource(
            ResourceKind.Listener,
            place,
            scope.Region,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{listener.Protocol} listener of {balancer.LoadBalancerName} on port {listener.Port}"))
        {
            Id = listener.ListenerArn,
            Parent = key,
            Values = Resource.Empty
                .SetItem("protocol", listener.Protocol?.Value ?? "")
                .SetItem("certificate", listener.Certificates?.FirstOrDefault()?.CertificateArn ?? "")
                .SetItem("more_certificates", more)
                .SetItem("policy", listener.SslPolicy ?? "")
                .SetItem("action", ActionOf(listener.DefaultActions)?.ToValue() ?? ""),
        };
    }

    private static async Task RulesAsync(
        EnvironmentScope scope,
        string place,
        string key,
        LoadBalancer balancer,
        Listener listener,
        bool isOurs,
        CancellationToken stop)
    {
        var rules = new List<Rule>();
        var request = new DescribeRulesRequest { ListenerArn = listener.ListenerArn };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.ELBv2.DescribeRulesAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            rules.AddRange((page.Rules ?? []).Where(rule => rule.IsDefault != true));
        }

        var tags = await BalancingTags.ReadAsync(scope, isOurs ? [] : rules.Select(rule => rule.RuleArn), stop).ConfigureAwait(false);

        // Several keys may stand for the same balancer of others.
        bool IsOurs(Rule rule) => isOurs
            || scope.KeyOf(ResourceKind.ListenerRule, BalancingTags.MarkOf(tags[rule.RuleArn]))
                ?.StartsWith(key + "/", StringComparison.Ordinal) == true;
        foreach (var rule in rules.Where(IsOurs))
        {
            scope.Found.Add(new Resource(
                ResourceKind.ListenerRule,
                $"{place}/{rule.Priority}",
                scope.Region,
                string.Create(CultureInfo.InvariantCulture, $"rule {rule.Priority} of {balancer.LoadBalancerName} on port {listener.Port}"))
            {
                Id = rule.RuleArn,
                Parent = place,
                Values = Resource.Empty
                    .SetItem("host", Values(rule, "host-header"))
                    .SetItem("path", Values(rule, "path-pattern"))
                    .SetItem("action", ActionOf(rule.Actions)?.ToValue() ?? ""),
            });
        }
    }

    private static string Values(Rule rule, string field)
    {
        var condition = rule.Conditions?.Find(each => each.Field == field);
        var values = condition?.Values is { Count: > 0 } plain
            ? plain
            : (field == "host-header" ? condition?.HostHeaderConfig?.Values : condition?.PathPatternConfig?.Values) ?? [];
        return string.Join(", ", values.Order(StringComparer.Ordinal));
    }

    private static List<RuleCondition> Conditions(Resource rule) =>
    [
        .. new[] { ("host-header", rule["host"]), ("path-pattern", rule["path"]) }
            .Where(each => each.Item2.Length > 0)
            .Select(each => new RuleCondition { Field = each.Item1, Values = [.. each.Item2.Split(", ")] }),
    ];

    private static async Task CertificatesAsync(EnvironmentScope scope, string listener, string found, string wanted,
        CancellationToken stop)
    {
        var (there, asked) = (List(found), List(wanted));
        if (asked.Except(there).ToList() is { Count: > 0 } add)
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.AddListenerCertificatesAsync,
                new AddListenerCertificatesRequest
                {
                    ListenerArn = listener,
                    Certificates = [.. add.Select(arn => new Certificate { CertificateArn = arn })],
                },
                stop).ConfigureAwait(false);
        }

        if (there.Except(asked).ToList() is { Count: > 0 } remove)
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.RemoveListenerCertificatesAsync,
                new RemoveListenerCertificatesRequest
                {
                    ListenerArn = listener,
                    Certificates = [.. remove.Select(arn => new Certificate { CertificateArn = arn })],
                },
                stop).ConfigureAwait(false);
        }

        static List<string> List(string value) => [.. value.Split(", ", StringSplitOptions.RemoveEmptyEntries)];
    }

    private static ForwardAction? ActionOf(List<Action>? actions) => actions?.LastOrDefault() switch
    {
        { RedirectConfig: { } redirect } => new ForwardAction.Redirect(
            redirect.Protocol ?? "#{protocol}",
            redirect.Host ?? "#{host}",
            redirect.Port ?? "#{port}",
            redirect.Path ?? "/#{path}",
            redirect.Query ?? "#{query}",
            redirect.StatusCode?.Value ?? ""),
        { FixedResponseConfig: { } answer } =>
            new ForwardAction.Fixed(answer.StatusCode ?? "", answer.ContentType ?? "text/plain", answer.MessageBody ?? ""),
        { ForwardConfig.TargetGroups: { Count: > 0 } groups } =>
            new ForwardAction.Forward([.. groups.Select(group => (group.TargetGroupArn, group.Weight ?? 1))]),
        { TargetGroupArn: { Length: > 0 } arn } => new ForwardAction.Forward([(arn, 1)]),
        _ => null,
    };

    private static Action ActionOf(string value) => ForwardAction.TryParse(value) switch
    {
        ForwardAction.Redirect redirect => new Action
        {
            Type = ActionTypeEnum.Redirect,
            RedirectConfig = new RedirectActionConfig
            {
                Protocol = redirect.Protocol,
                Host = redirect.Host,
                Port = redirect.Port,
                Path = redirect.Path,
                Query = redirect.Query,
                StatusCode = redirect.Code,
            },
        },
        ForwardAction.Fixed answer => new Action
        {
            Type = ActionTypeEnum.FixedResponse,
            FixedResponseConfig = new FixedResponseActionConfig
            {
                StatusCode = answer.Status,
                ContentType = answer.Type,
                MessageBody = answer.Body.Length > 0 ? answer.Body : null,
            },
        },
        ForwardAction.Forward { Targets: [var (only, _)] } => new Action { Type = ActionTypeEnum.Forward, TargetGroupArn = only },
        ForwardAction.Forward several => new Action
        {
            Type = ActionTypeEnum.Forward,
            ForwardConfig = new ForwardActionConfig
            {
                TargetGroups = [.. several.Targets.Select(target =>
                    new TargetGroupTuple { TargetGroupArn = target.Group, Weight = target.Weight })],
            },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };
}
