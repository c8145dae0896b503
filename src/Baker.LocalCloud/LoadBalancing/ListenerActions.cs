using Amazon.ElasticLoadBalancingV2.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Action = Amazon.ElasticLoadBalancingV2.Model.Action;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>Listeners.</summary>
internal sealed class ListenerActions(LoadBalancingService service)
{
    /// <summary>A listener's attribute that only the local cloud has: where it can really be reached.</summary>
    public const string LocalAddress = "baker.local.address";

    private const int LargestPage = 100;
    private readonly BalancingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<CreateListenerRequest, CreateListenerResponse>(LoadBalancingService.Name, Create);
        router.Handle<DescribeListenersRequest, DescribeListenersResponse>(LoadBalancingService.Name, Describe);
        router.Handle<ModifyListenerRequest, ModifyListenerResponse>(LoadBalancingService.Name, Modify);
        router.Handle<DeleteListenerRequest, DeleteListenerResponse>(LoadBalancingService.Name, Delete);
        router.Handle<DescribeListenerAttributesRequest, DescribeListenerAttributesResponse>(LoadBalancingService.Name, DescribeAttributes);
        router.Handle<ModifyListenerAttributesRequest, ModifyListenerAttributesResponse>(LoadBalancingService.Name, ModifyAttributes);
        router.Handle<DescribeListenerCertificatesRequest, DescribeListenerCertificatesResponse>(LoadBalancingService.Name, (_, request) =>
            new() { Certificates = Certificates(_tables.Listener(request.ListenerArn)) });
        router.Handle<DescribeSSLPoliciesRequest, DescribeSSLPoliciesResponse>(LoadBalancingService.Name, static (_, _) =>
            new()
            {
                SslPolicies =
                [
                    new() { Name = "ELBSecurityPolicy-TLS13-1-2-2021-06", SslProtocols = ["TLSv1.2", "TLSv1.3"] },
                    new() { Name = "ELBSecurityPolicy-2016-08", SslProtocols = ["TLSv1", "TLSv1.1", "TLSv1.2"] },
                ],
            });
    }

    private CreateListenerResponse Create(Call call, CreateListenerRequest request)
    {
        var balancer = _tables.LoadBalancer(request.LoadBalancerArn);
        var port = request.Port ?? throw new CloudException("ValidationError", "A port must be specified");
        if (_tables.ListenersByBalancer[balancer.Id].Any(each => each.Port == port))
        {
            throw new CloudException("DuplicateListener", $"A listener already exists on this port for this load balancer '{balancer.Id}'");
        }

        var listener = new ListenerRecord
        {
            Id = ElbNames.Listener(balancer.Id),
            LoadBalancerArn = balancer.Id,
            Port = port,
            Protocol = request.Protocol?.Value ?? throw new CloudException("ValidationError", "A protocol must be specified"),
            SslPolicy = request.SslPolicy ?? (request.Protocol.Value is "HTTPS" or "TLS" ? "ELBSecurityPolicy-2016-08" : null),
            Certificates = [.. (request.Certificates ?? []).Select(each => each.CertificateArn)],
            DefaultActions = Check(request.DefaultActions),
            Attributes = BalancingAttributes.OfListener(request.Protocol.Value),
            Tags = ElbTags.Check(request.Tags),
        };
        _tables.Listeners.Put(listener);
        service.Balancer.ListenersChanged();
        return new CreateListenerResponse { Listeners = [Show(listener)] };
    }

    private DescribeListenersResponse Describe(Call call, DescribeListenersRequest request)
    {
        if (request.ListenerArns is { Count: > 0 } arns)
        {
            return new DescribeListenersResponse { Listeners = [.. arns.Select(arn => Show(_tables.Listener(arn)))] };
        }

        var balancer = _tables.LoadBalancer(request.LoadBalancerArn);
        var (items, next) = Paging.Page(
            after => _tables.Listeners.After(after).Where(each => each.LoadBalancerArn == balancer.Id),
            each => each.Id,
            request.PageSize ?? LargestPage,
            request.Marker);
        return new DescribeListenersResponse { Listeners = [.. items.Select(Show)], NextMarker = next };
    }

    private ModifyListenerResponse Modify(Call call, ModifyListenerRequest request)
    {
        var listener = _tables.Listener(request.ListenerArn);
        var changed = listener with
        {
            Port = request.Port ?? listener.Port,
            Protocol = request.Protocol?.Value ?? listener.Protocol,
            SslPolicy = request.SslPolicy ?? listener.SslPolicy,
            Certificates = request.Certificates is { } certificates
                ? [.. certificates.Select(each => each.CertificateArn)]
                : listener.Certificates,
            DefaultActions = request.DefaultActions is { Count: > 0 } actions ? Check(actions) : listener.DefaultActions,
        };
        if (_tables.ListenersByBalancer[listener.LoadBalancerArn].Any(each => each.Id != listener.Id && each.Port == changed.Port))
        {
            throw new CloudException(
                "DuplicateListener",
                $"A listener already exists on this port for this load balancer '{listener.LoadBalancerArn}'");
        }

        _tables.Listeners.Put(changed);
        service.Balancer.ListenersChanged();
        return new ModifyListenerResponse { Listeners = [Show(changed)] };
    }

    private DeleteListenerResponse Delete(Call call, DeleteListenerRequest request)
    {
        service.Remove(_tables.Listener(request.ListenerArn));
        return new DeleteListenerResponse();
    }

    private DescribeListenerAttributesResponse DescribeAttributes(Call call, DescribeListenerAttributesRequest request)
    {
        var listener = _tables.Listener(request.ListenerArn);
        var attributes = service.Balancer.AddressOf(listener.Id) is { } address
            ? listener.Attributes.SetItem(LocalAddress, $"http://{address}/")
            : listener.Attributes;
        return new DescribeListenerAttributesResponse
        {
            Attributes = [.. attributes.Select(each => new ListenerAttribute { Key = each.Key, Value = each.Value })],
        };
    }

    private ModifyListenerAttributesResponse ModifyAttributes(Call call, ModifyListenerAttributesRequest request)
    {
        var listener = _tables.Listener(request.ListenerArn);
        var changed = listener with
        {
            Attributes = listener.Attributes.SetItems(
                (request.Attributes ?? []).Select(each => KeyValuePair.Create(each.Key, each.Value ?? ""))),
        };
        _tables.Listeners.Put(changed);
        return new ModifyListenerAttributesResponse
        {
            Attributes = [.. changed.Attributes.Select(each => new ListenerAttribute { Key = each.Key, Value = each.Value })],
        };
    }

    /// <summary>What actions must have; ELB shows a plain forward in both of its forms.</summary>
    public List<Action> Check(List<Action>? actions)
    {
        if (actions is not { Count: > 0 })
        {
            throw new CloudException("ValidationError", "At least one action must be specified");
        }

        foreach (var arn in BalancingTables.GroupsOf(actions))
        {
            _tables.TargetGroup(arn);
        }

        return [.. actions.Select((action, index) =>
        {
            var only = action.TargetGroupArn ?? (action.ForwardConfig?.TargetGroups is [var one] ? one.TargetGroupArn : null);
            return action.Type?.Value != "forward" ? action : new Action
            {
                Type = action.Type,
                Order = action.Order,
                TargetGroupArn = only,
                ForwardConfig = new ForwardActionConfig
                {
                    TargetGroups = action.ForwardConfig?.TargetGroups is { Count: > 0 } groups
                        ? [.. groups.Select(each =>
                            new TargetGroupTuple { TargetGroupArn = each.TargetGroupArn, Weight = each.Weight ?? 1 })]
                        : [new TargetGroupTuple { TargetGroupArn = only, Weight = 1 }],
                    TargetGroupStickinessConfig = action.ForwardConfig?.TargetGroupStickinessConfig
                        ?? new TargetGroupStickinessConfig { Enabled = false },
                },
            };
        })];
    }

    private static Listener Show(ListenerRecord listener) => new()
    {
        ListenerArn = listener.Id,
        LoadBalancerArn = listener.LoadBalancerArn,
        Port = listener.Port,
        Protocol = listener.Protocol,
        SslPolicy = listener.SslPolicy,
        Certificates = listener.Certificates.IsEmpty ? null : Certificates(listener),
        DefaultActions = [.. listener.DefaultActions],
    };

    private static List<Certificate> Certificates(ListenerRecord listener) =>
        [.. listener.Certificates.Select((arn, index) => new Certificate { CertificateArn = arn, IsDefault = index == 0 ? true : null })];
}
