using System.Collections.Immutable;
using System.Net;
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
    private const int MostListeners = 50;
    private const int MostCertificates = 25;

    private readonly BalancingTables _tables = service.Tables;
    private readonly ActionChecks _actions = new(service.Tables);

    public void Register(Router router)
    {
        router.Handle<CreateListenerRequest, CreateListenerResponse>(LoadBalancingService.Name, Create);
        router.Handle<DescribeListenersRequest, DescribeListenersResponse>(LoadBalancingService.Name, Describe);
        router.Handle<ModifyListenerRequest, ModifyListenerResponse>(LoadBalancingService.Name, Modify);
        router.Handle<DeleteListenerRequest, DeleteListenerResponse>(LoadBalancingService.Name, Delete);
        router.Handle<DescribeListenerAttributesRequest, DescribeListenerAttributesResponse>(LoadBalancingService.Name, DescribeAttributes);
        router.Handle<ModifyListenerAttributesRequest, ModifyListenerAttributesResponse>(LoadBalancingService.Name, ModifyAttributes);
        router.Handle<DescribeListenerCertificatesRequest, DescribeListenerCertificatesResponse>(
            LoadBalancingService.Name,
            DescribeCertificates);
        router.Handle<AddListenerCertificatesRequest, AddListenerCertificatesResponse>(LoadBalancingService.Name, AddCertificates);
        router.Handle<RemoveListenerCertificatesRequest, RemoveListenerCertificatesResponse>(
            LoadBalancingService.Name,
            RemoveCertificates);
        router.Handle<DescribeSSLPoliciesRequest, DescribeSSLPoliciesResponse>(LoadBalancingService.Name, static (_, request) =>
            new() { SslPolicies = SslPolicies.Show(request.Names) });
    }

    private CreateListenerResponse Create(Call call, CreateListenerRequest request)
    {
        var balancer = _tables.LoadBalancer(request.LoadBalancerArn);
        if (_tables.ListenersByBalancer[balancer.Id].Count >= MostListeners)
        {
            throw new CloudException(
                "TooManyListeners",
                $"The maximum number of listeners has been reached on load balancer '{balancer.Id}'");
        }

        var protocol = request.Protocol?.Value ?? throw new CloudException("ValidationError", "A protocol must be specified");
        var listener = Checked(
            call,
            balancer,
            new ListenerRecord
            {
                Id = ElbNames.Listener(balancer.Id),
                LoadBalancerArn = balancer.Id,
                Port = request.Port ?? throw new CloudException("ValidationError", "A port must be specified"),
                Protocol = protocol,
                SslPolicy = request.SslPolicy,
                Certificates = Only(request.Certificates),
                DefaultActions = [],
                Attributes = BalancingAttributes.OfListener(protocol),
                Tags = ElbTags.Check(request.Tags),
            },
            request.DefaultActions);
        Put(listener);
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
        var protocol = request.Protocol?.Value ?? listener.Protocol;
        var wasSecure = listener.Protocol is "HTTPS" or "TLS";
        var goesOn = wasSecure && protocol is "HTTPS" or "TLS";
        var changed = Checked(
            call,
            _tables.LoadBalancer(listener.LoadBalancerArn),
            listener with
            {
                Port = request.Port ?? listener.Port,
                Protocol = protocol,
                SslPolicy = request.SslPolicy ?? (goesOn ? listener.SslPolicy : null),
                Certificates = Only(request.Certificates) is [var own]
                    ? [own, .. goesOn ? listener.Certificates.Skip(1).Where(each => each != own) : []]
                    : goesOn ? listener.Certificates : [],
            },
            request.DefaultActions is { Count: > 0 } actions ? actions : [.. listener.DefaultActions]);
        Put(changed);
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
            ? listener.Attributes.SetItem(LocalAddress, AddressText(listener, address))
            : listener.Attributes;
        return new DescribeListenerAttributesResponse
        {
            Attributes = [.. attributes.Select(each => new ListenerAttribute { Key = each.Key, Value = each.Value })],
        };
    }

    private static string AddressText(ListenerRecord listener, IPEndPoint address) => listener.Protocol switch
    {
        "HTTP" or "HTTPS" => $"{listener.Protocol.ToLowerInvariant()}://{address}/",
        _ => $"{address}",
    };

    private ModifyListenerAttributesResponse ModifyAttributes(Call call, ModifyListenerAttributesRequest request)
    {
        var listener = _tables.Listener(request.ListenerArn);
        var changed = listener with
        {
            Attributes = AttributeChecks.Set(
                "Listener",
                listener.Attributes,
                (request.Attributes ?? []).Select(each => ((string?)each.Key, (string?)each.Value))),
        };
        Put(changed);
        return new ModifyListenerAttributesResponse
        {
            Attributes = [.. changed.Attributes.Select(each => new ListenerAttribute { Key = each.Key, Value = each.Value })],
        };
    }

    private DescribeListenerCertificatesResponse DescribeCertificates(Call call, DescribeListenerCertificatesRequest request)
    {
        var listener = _tables.Listener(request.ListenerArn);
        var (items, next) = Paging.Page(
            after => after is null ? listener.Certificates : listener.Certificates.SkipWhile(each => each != after).Skip(1),
            each => each,
            request.PageSize ?? LargestPage,
            request.Marker);
        return new()
        {
            Certificates = items.ConvertAll(each =>
                new Certificate { CertificateArn = each, IsDefault = each == listener.Certificates[0] }),
            NextMarker = next,
        };
    }

    private AddListenerCertificatesResponse AddCertificates(Call call, AddListenerCertificatesRequest request)
    {
        var listener = Secure(request.ListenerArn);
        var added = request.Certificates.ConvertAll(each => Certificate(call, each.CertificateArn));
        var all = listener.Certificates.Union(added).ToImmutableArray();
        if (all.Length > MostCertificates + 1)
        {
            throw new CloudException(
                "TooManyCertificates",
                $"A listener can have at most {MostCertificates} certificates besides its default");
        }

        Put(listener with { Certificates = all });
        return new() { Certificates = added.ConvertAll(each => new Certificate { CertificateArn = each, IsDefault = false }) };
    }

    private RemoveListenerCertificatesResponse RemoveCertificates(Call call, RemoveListenerCertificatesRequest request)
    {
        var listener = Secure(request.ListenerArn);
        var removed = request.Certificates.ConvertAll(each => each.CertificateArn);
        if (listener.Certificates.Length > 0 && removed.Contains(listener.Certificates[0]))
        {
            throw new CloudException(
                "OperationNotPermitted",
                $"Default certificate '{listener.Certificates[0]}' cannot be removed from a listener");
        }

        Put(listener with { Certificates = listener.Certificates.RemoveAll(removed.Contains) });
        return new();
    }

    private ListenerRecord Secure(string arn) => _tables.Listener(arn) is { Protocol: "HTTPS" or "TLS" } listener
        ? listener
        : throw new CloudException("UnsupportedProtocol", "Certificates can only be specified for HTTPS and TLS listeners");

    private void Put(ListenerRecord listener)
    {
        _tables.Listeners.Put(listener);
        service.Balancer.ListenersChanged();
    }

    /// <summary>The listener, once everything about it is as it must be.</summary>
    private ListenerRecord Checked(Call call, LoadBalancerRecord balancer, ListenerRecord listener, List<Action>? actions)
    {
        string[] fitting = balancer.Type == "network" ? ["TCP", "TLS"] : ["HTTP", "HTTPS"];
        if (!fitting.Contains(listener.Protocol))
        {
            throw listener.Protocol is "UDP" or "TCP_UDP" or "QUIC" or "TCP_QUIC" && balancer.Type == "network"
                ? new CloudException("UnsupportedProtocol", $"The local cloud relays no {listener.Protocol}.")
                : new CloudException(
                    "ValidationError",
                    $"Listener protocol '{listener.Protocol}' must be one of '{string.Join(", ", fitting)}' on a load balancer of the "
                        + $"type '{balancer.Type}'");
        }

        if (listener.Port is < 1 or > 65535)
        {
            throw new CloudException("ValidationError", $"Listener port '{listener.Port}' must be in the range 1 to 65535");
        }

        if (_tables.ListenersByBalancer[balancer.Id].Any(each => each.Id != listener.Id && each.Port == listener.Port))
        {
            throw new CloudException("DuplicateListener", $"A listener already exists on this port for this load balancer '{balancer.Id}'");
        }

        var isSecure = listener.Protocol is "HTTPS" or "TLS";
        if (!isSecure && (listener.SslPolicy is not null || !listener.Certificates.IsEmpty))
        {
            throw new CloudException(
                "ValidationError",
                (listener.Certificates.IsEmpty ? "A security policy" : "Certificates")
                    + $" cannot be specified for {listener.Protocol} listeners");
        }

        if (isSecure && listener.Certificates.IsEmpty)
        {
            throw new CloudException("ValidationError", $"A certificate must be specified for {listener.Protocol} listeners");
        }

        return listener with
        {
            SslPolicy = isSecure ? SslPolicies.Check(listener.SslPolicy ?? SslPolicies.Usual) : null,
            Certificates = [.. listener.Certificates.Select(each => Certificate(call, each))],
            DefaultActions = _actions.Check(balancer, listener.Protocol, actions),
        };
    }

    private string Certificate(Call call, string? arn) =>
        service.Certificates.Table.Find(arn) is { } found && found.Region == call.Region
            ? found.Id
            : throw new CloudException("CertificateNotFound", $"Certificate ARN '{arn}' is not valid or does not exist in this Region");

    /// <summary>The one certificate that a listener is made or changed with; more are added to it.</summary>
    private static ImmutableArray<string> Only(List<Certificate>? certificates) => certificates switch
    {
        null or [] => [],
        [var one] => [one.CertificateArn ?? ""],
        _ => throw new CloudException("ValidationError", "Up to one certificate can be specified; add others with AddListenerCertificates"),
    };

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

    // Of several certificates AWS shows the default one here, and the others where they are asked for.
    private static List<Certificate> Certificates(ListenerRecord listener) => [new() { CertificateArn = listener.Certificates[0] }];
}
