using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Resources;
using Filter = Amazon.EC2.Model.Filter;

namespace Baker.Cloud.Environments;

/// <summary>Balancers, those that Baker makes and those that others manage.</summary>
internal sealed class BalancerWork : IResourceWork
{
    public bool IsOf(ResourceKind kind) => kind == ResourceKind.Balancer;

    /// <summary>Also of the target groups, listeners and rules: which ones there are follows from the balancers.</summary>
    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var all = await AllAsync(scope.Context, stop).ConfigureAwait(false);
        var tags = await BalancingTags.ReadAsync(scope, all.Select(each => each.LoadBalancerArn), stop).ConfigureAwait(false);
        var ours = new List<(string Key, LoadBalancer Balancer, bool IsOurs)>();
        foreach (var balancer in all)
        {
            if (scope.KeyOf(ResourceKind.Balancer, BalancingTags.MarkOf(tags[balancer.LoadBalancerArn])) is { } key)
            {
                ours.Add((key, balancer, true));
                var there = await FoundAsync(scope, key, balancer, stop).ConfigureAwait(false);
                scope.Found.Add(scope.Tagged(there, tags[there.Id]));
            }
        }

        Obstacles.Names(scope, ResourceKind.Balancer, all.Select(each => each.LoadBalancerName));
        await Obstacles.SubnetsAsync(scope, stop).ConfigureAwait(false);
        foreach (var (key, name) in scope.Existing)
        {
            if (all.Find(each => each.LoadBalancerName == name) is { } balancer)
            {
                ours.Add((key, balancer, false));
            }
            else if (!scope.Ends)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"There is no balancer {name} in {scope.Region}, which __balancers__.{key} joins as an existing one.",
                    "Correct its \"name\", or remove \"existing\" so that it is made.");
            }
        }

        foreach (var (key, balancer, _) in ours)
        {
            Know(scope, key, balancer.LoadBalancerArn);
        }

        // Others' balancers that the manifest has no more may still have Baker's rules.
        foreach (var (key, arn) in (await TargetGroupWork.ReadAsync(scope, stop).ConfigureAwait(false)).Distinct())
        {
            if (!ours.Exists(each => each.Key == key && each.Balancer.LoadBalancerArn == arn)
                && all.Find(each => each.LoadBalancerArn == arn) is { } left)
            {
                ours.Add((key, left, false));
            }
        }

        foreach (var (key, balancer, isOurs) in ours)
        {
            await ListenerWork.ObserveAsync(scope, key, balancer, isOurs, stop).ConfigureAwait(false);
        }
    }

    public async Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var request = new CreateLoadBalancerRequest
        {
            Name = resource.Name,
            Type = resource["type"],
            Scheme = resource["scheme"] == "public" ? LoadBalancerSchemeEnum.InternetFacing : LoadBalancerSchemeEnum.Internal,
            Subnets = resource["subnets"] is { Length: > 0 } subnets
                ? [.. subnets.Split(", ")]
                : await DefaultSubnetsAsync(scope, stop).ConfigureAwait(false),
            SecurityGroups = resource["security_groups"] is { Length: > 0 } groups ? [.. groups.Split(", ")] : null,
            Tags = BalancingTags.Of(scope, resource),
        };
        LoadBalancer balancer;
        try
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.CreateLoadBalancerAsync,
                request,
                stop).ConfigureAwait(false);
            balancer = reply.LoadBalancers[0];
        }
        catch (DuplicateLoadBalancerNameException)
        {
            throw ForeignName.Taken(resource);
        }

        Know(scope, resource.Key, balancer.LoadBalancerArn);
        await AttributesAsync(scope, balancer.LoadBalancerArn, resource, stop).ConfigureAwait(false);
        await AwaitActiveAsync(scope, resource, balancer.LoadBalancerArn, stop).ConfigureAwait(false);
    }

    public async Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop)
    {
        if (resource["security_groups"] is { Length: > 0 } groups && groups != found["security_groups"])
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.SetSecurityGroupsAsync,
                new SetSecurityGroupsRequest { LoadBalancerArn = found.Id, SecurityGroups = [.. groups.Split(", ")] },
                stop).ConfigureAwait(false);
        }

        if (resource["subnets"] is { Length: > 0 } subnets && subnets != found["subnets"])
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.SetSubnetsAsync,
                new SetSubnetsRequest { LoadBalancerArn = found.Id, Subnets = [.. subnets.Split(", ")] },
                stop).ConfigureAwait(false);
        }

        await AttributesAsync(scope, found.Id, resource, stop).ConfigureAwait(false);
    }

    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        await scope.Context.Pacer.SendAsync(
            scope.Clients.ELBv2.DeleteLoadBalancerAsync,
            new DeleteLoadBalancerRequest { LoadBalancerArn = resource.Id },
            stop).ConfigureAwait(false);
        await scope.Context.UntilAsync(
            async () =>
            {
                try
                {
                    var reply = await scope.Context.Pacer.SendAsync(
                        scope.Clients.ELBv2.DescribeLoadBalancersAsync,
                        new DescribeLoadBalancersRequest { LoadBalancerArns = [resource.Id] },
                        stop).ConfigureAwait(false);
                    return reply.LoadBalancers is not { Count: > 0 };
                }
                catch (LoadBalancerNotFoundException)
                {
                    return true;
                }
            },
            TimeSpan.FromMinutes(10),
            stop).ConfigureAwait(false);
    }

    /// <summary>What CloudWatch calls a balancer or a target group: its ARN from behind the account on.</summary>
    public static string Dimension(string arn) =>
        arn.Split(':', 6)[5] is var end && end.StartsWith("loadbalancer/", StringComparison.Ordinal)
        ? end["loadbalancer/".Length..]
        : end;

    private static void Know(EnvironmentScope scope, string key, string arn)
    {
        scope.Know($"balancer:{key}", arn);
        scope.Know($"balancer_dimension:{key}", Dimension(arn));
    }

    internal static async Task<List<LoadBalancer>> AllAsync(FleetContext context, CancellationToken stop)
    {
        var all = new List<LoadBalancer>();
        var request = new DescribeLoadBalancersRequest();
        var pages = context.Pacer.PagesAsync(
            context.Clients.ELBv2.DescribeLoadBalancersAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            all.AddRange(page.LoadBalancers ?? []);
        }

        return all;
    }

    private static async Task<Resource> FoundAsync(EnvironmentScope scope, string key, LoadBalancer balancer, CancellationToken stop)
    {
        var values = Resource.Empty
            .SetItem("security_groups", Sorted(balancer.SecurityGroups ?? []))
            .SetItem("subnets", Sorted((balancer.AvailabilityZones ?? []).Select(zone => zone.SubnetId)));
        var wanted = scope.Desired.FirstOrDefault(each => each.Kind == ResourceKind.Balancer && each.Key == key);
        if (scope.Ends || wanted?.Values.Keys.Any(name => name.StartsWith(BalancingTags.Attribute, StringComparison.Ordinal)) == true)
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.DescribeLoadBalancerAttributesAsync,
                new DescribeLoadBalancerAttributesRequest { LoadBalancerArn = balancer.LoadBalancerArn },
                stop).ConfigureAwait(false);
            foreach (var attribute in reply.Attributes ?? [])
            {
                values = values.SetItem(BalancingTags.Attribute + attribute.Key, attribute.Value ?? "");
            }
        }

        return new Resource(ResourceKind.Balancer, key, scope.Region, balancer.LoadBalancerName)
        {
            Id = balancer.LoadBalancerArn,
            Values = values,
            Fixed = Resource.Empty
                .SetItem("type", balancer.Type?.Value ?? "")
                .SetItem("scheme", balancer.Scheme == LoadBalancerSchemeEnum.Internal ? "internal" : "public"),
        };
    }

    private static async Task AttributesAsync(EnvironmentScope scope, string arn, Resource resource, CancellationToken stop)
    {
        var attributes = resource.Values
            .Where(each => each.Key.StartsWith(BalancingTags.Attribute, StringComparison.Ordinal))
            .Select(each => new LoadBalancerAttribute { Key = each.Key[BalancingTags.Attribute.Length..], Value = each.Value })
            .ToList();
        if (attributes.Count > 0)
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.ModifyLoadBalancerAttributesAsync,
                new ModifyLoadBalancerAttributesRequest { LoadBalancerArn = arn, Attributes = attributes },
                stop).ConfigureAwait(false);
        }
    }

    private static async Task AwaitActiveAsync(EnvironmentScope scope, Resource resource, string arn, CancellationToken stop)
    {
        var state = "";
        var isActive = await scope.Context.UntilAsync(
            async () =>
            {
                var reply = await scope.Context.Pacer.SendAsync(
                    scope.Clients.ELBv2.DescribeLoadBalancersAsync,
                    new DescribeLoadBalancersRequest { LoadBalancerArns = [arn] },
                    stop).ConfigureAwait(false);
                state = reply.LoadBalancers?.FirstOrDefault()?.State?.Code?.Value ?? "";
                return state is "active" or "active_impaired" or "failed";
            },
            TimeSpan.FromMinutes(15),
            stop).ConfigureAwait(false);
        if (!isActive || state == "failed")
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"The balancer {resource.Name} is {(state.Length == 0 ? "not there" : state)} still.",
                "The same command goes on when it is active.");
        }
    }

    private static async Task<List<string>> DefaultSubnetsAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var reply = await scope.Context.Pacer.SendAsync(
            scope.Clients.EC2.DescribeSubnetsAsync,
            new Amazon.EC2.Model.DescribeSubnetsRequest { Filters = [new Filter { Name = "default-for-az", Values = ["true"] }] },
            stop).ConfigureAwait(false);
        var subnets = (reply.Subnets ?? []).Select(subnet => subnet.SubnetId).Order(StringComparer.Ordinal).ToList();
        return subnets.Count > 0 ? subnets : throw new BakerException(
            ExitCode.BadInput,
            $"{scope.Region} has no default VPC, whose subnets a balancer gets that names none.",
            "Name them: \"subnets\": [\"subnet-…\", \"subnet-…\"].");
    }

    private static string Sorted(IEnumerable<string> texts) => string.Join(", ", texts.Order(StringComparer.Ordinal));
}
