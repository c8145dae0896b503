using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Core;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Security groups and their rules.</summary>
internal sealed class SecurityGroupWork : IResourceWork
{
    private const int ValuesPerFilter = 200;

    /// <summary>What EC2 says of rules and instances lags behind what was done to them.</summary>
    private const int LooksAtUsers = 3;

    public bool IsOf(ResourceKind kind) => kind is ResourceKind.SecurityGroup or ResourceKind.SecurityGroupRule;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var request = new DescribeSecurityGroupsRequest
        {
            Filters = [new Filter { Name = "tag:" + EnvironmentTags.Resource, Values = [scope.Mark(ResourceKind.SecurityGroup, "*")] }],
        };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.EC2.DescribeSecurityGroupsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        var groups = new List<SecurityGroup>();
        await foreach (var page in pages.ConfigureAwait(false))
        {
            groups.AddRange(page.SecurityGroups ?? []);
        }

        foreach (var group in groups)
        {
            var key = scope.KeyOf(ResourceKind.SecurityGroup, group.Tags?.Find(tag => tag.Key == EnvironmentTags.Resource)?.Value)!;
            scope.Know($"security_group:{key}", group.GroupId);
            var there = new Resource(ResourceKind.SecurityGroup, key, scope.Region, group.GroupName)
            {
                Id = group.GroupId,
                Fixed = Resource.Empty.SetItem("description", group.Description ?? "").SetItem("vpc", group.VpcId ?? ""),
            };
            scope.Found.Add(scope.Tagged(there, (group.Tags ?? []).Select(tag => KeyValuePair.Create(tag.Key, tag.Value ?? ""))));
            var asked = scope.Desired.FirstOrDefault(each => each.Kind == ResourceKind.SecurityGroup && each.Key == key);
            scope.Found.AddRange(Rules(scope, group, key, group.IpPermissions, isOutbound: false));
            if (asked is null || asked["outbound"].Length > 0)
            {
                scope.Found.AddRange(Rules(scope, group, key, group.IpPermissionsEgress, isOutbound: true));
            }
        }

        await Obstacles.SecurityGroupsAsync(scope, stop).ConfigureAwait(false);
    }

    public async Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        if (resource.Kind == ResourceKind.SecurityGroup)
        {
            await CreateGroupAsync(scope, resource, stop).ConfigureAwait(false);
            return;
        }

        var group = scope.Find($"security_group:{resource.Parent}")!;
        var permission = Permission(resource);
        try
        {
            await (resource["direction"] == "out"
                ? scope.Context.Pacer.SendAsync(
                    scope.Clients.EC2.AuthorizeSecurityGroupEgressAsync,
                    new AuthorizeSecurityGroupEgressRequest { GroupId = group, IpPermissions = [permission] },
                    stop) as Task
                : scope.Context.Pacer.SendAsync(
                    scope.Clients.EC2.AuthorizeSecurityGroupIngressAsync,
                    new AuthorizeSecurityGroupIngressRequest { GroupId = group, IpPermissions = [permission] },
                    stop)).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidPermission.Duplicate")
        {
            // Allowed by a call whose reply was lost.
        }
    }

    /// <summary>Another description: EC2 takes the rule with it whole, by its id.</summary>
    public async Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop)
    {
        var group = scope.Find($"security_group:{resource.Parent}")!;
        var request = new DescribeSecurityGroupRulesRequest { Filters = [new Filter { Name = "group-id", Values = [group] }] };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.EC2.DescribeSecurityGroupRulesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var rule in (page.SecurityGroupRules ?? []).Where(rule => IsSame(rule, resource)))
            {
                var change = new ModifySecurityGroupRulesRequest
                {
                    GroupId = group,
                    SecurityGroupRules =
                    [
                        new SecurityGroupRuleUpdate
                        {
                            SecurityGroupRuleId = rule.SecurityGroupRuleId,
                            SecurityGroupRule = new SecurityGroupRuleRequest
                            {
                                IpProtocol = rule.IpProtocol,
                                FromPort = rule.FromPort,
                                ToPort = rule.ToPort,
                                CidrIpv4 = rule.CidrIpv4,
                                CidrIpv6 = rule.CidrIpv6,
                                PrefixListId = rule.PrefixListId,
                                ReferencedGroupId = rule.ReferencedGroupInfo?.GroupId,
                                Description = resource["description"],
                            },
                        },
                    ],
                };
                await scope.Context.Pacer.SendAsync(scope.Clients.EC2.ModifySecurityGroupRulesAsync, change, stop).ConfigureAwait(false);
            }
        }
    }

    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        if (resource.Kind == ResourceKind.SecurityGroup)
        {
            await DeleteGroupAsync(scope, resource, stop).ConfigureAwait(false);
            return;
        }

        var group = scope.Find($"security_group:{resource.Parent}")!;
        try
        {
            await (resource["direction"] == "out"
                ? scope.Context.Pacer.SendAsync(
                    scope.Clients.EC2.RevokeSecurityGroupEgressAsync,
                    new RevokeSecurityGroupEgressRequest { GroupId = group, IpPermissions = [Permission(resource)] },
                    stop) as Task
                : scope.Context.Pacer.SendAsync(
                    scope.Clients.EC2.RevokeSecurityGroupIngressAsync,
                    new RevokeSecurityGroupIngressRequest { GroupId = group, IpPermissions = [Permission(resource)] },
                    stop)).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode is "InvalidPermission.NotFound" or "InvalidGroup.NotFound")
        {
            // Gone by a call whose reply was lost.
        }
    }

    /// <summary>The instances that have a security group which is there and not asked for; no call where there is none.</summary>
    public static async Task<List<SecurityGroupUse>> UsesAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var wanted = scope.Desired.Where(each => each.Kind == ResourceKind.SecurityGroup).Select(each => each.Key).ToHashSet();
        var surplus = scope.Found
            .Where(each => each.Kind == ResourceKind.SecurityGroup && !wanted.Contains(each.Key))
            .Select(each => each.Id)
            .ToHashSet(StringComparer.Ordinal);
        var uses = new List<SecurityGroupUse>();
        foreach (var ids in surplus.Chunk(ValuesPerFilter))
        {
            var request = new DescribeInstancesRequest
            {
                MaxResults = 1000,
                Filters =
                [
                    new Filter { Name = "instance.group-id", Values = [.. ids] },
                    new Filter { Name = "instance-state-name", Values = ["pending", "running", "stopping", "stopped"] },
                ],
            };
            var pages = scope.Context.Pacer.PagesAsync(
                scope.Clients.EC2.DescribeInstancesAsync,
                request,
                reply => request.NextToken = reply.NextToken,
                stop);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                uses.AddRange((page.Reservations ?? [])
                    .SelectMany(each => each.Instances ?? [])
                    .SelectMany(instance => (instance.SecurityGroups ?? [])
                        .Where(group => surplus.Contains(group.GroupId))
                        .Select(group => new SecurityGroupUse(
                            group.GroupId,
                            instance.InstanceId,
                            instance.Tags?.Find(tag => tag.Key == "aws:autoscaling:groupName")?.Value))));
            }
        }

        return uses;
    }

    private static async Task CreateGroupAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var request = new CreateSecurityGroupRequest
        {
            GroupName = resource.Name,
            Description = resource["description"],
            VpcId = resource["vpc"] is { Length: > 0 } vpc ? vpc : null,
            TagSpecifications =
            [
                new TagSpecification
                {
                    ResourceType = ResourceType.SecurityGroup,
                    Tags = [.. scope.Tags(resource).Select(tag => new Tag { Key = tag.Key, Value = tag.Value })],
                },
            ],
        };
        string id;
        try
        {
            id = (await scope.Context.Pacer.SendAsync(
                scope.Clients.EC2.CreateSecurityGroupAsync,
                request,
                stop).ConfigureAwait(false)).GroupId;
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidGroup.Duplicate")
        {
            id = await OwnAsync(scope, resource, stop).ConfigureAwait(false);
        }

        scope.Know($"security_group:{resource.Key}", id);
        if (resource["outbound"].Length > 0)
        {
            await ForgetEverywhereAsync(scope, id, stop).ConfigureAwait(false);
        }
    }

    /// <summary>A new security group lets everything out; where the manifest lists what it lets out, that is all.</summary>
    private static async Task ForgetEverywhereAsync(EnvironmentScope scope, string id, CancellationToken stop)
    {
        var everywhere = new IpPermission { IpProtocol = "-1", Ipv4Ranges = [new IpRange { CidrIp = "0.0.0.0/0" }] };
        try
        {
            await scope.Context.Pacer.SendAsync(
                scope.Clients.EC2.RevokeSecurityGroupEgressAsync,
                new RevokeSecurityGroupEgressRequest { GroupId = id, IpPermissions = [everywhere] },
                stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidPermission.NotFound")
        {
            // Gone by a call whose reply was lost.
        }
    }

    private static async Task<string> OwnAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var request = new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = "group-name", Values = [resource.Name] }] };
        var reply = await scope.Context.Pacer.SendAsync(
            scope.Clients.EC2.DescribeSecurityGroupsAsync,
            request,
            stop).ConfigureAwait(false);
        var mark = scope.Mark(resource.Kind, resource.Key);
        return (reply.SecurityGroups ?? [])
            .Find(group => group.Tags?.Exists(tag => tag.Key == EnvironmentTags.Resource && tag.Value == mark) ?? false)?.GroupId
            ?? throw ForeignName.Taken(resource);
    }

    /// <summary>The network interfaces of balancers and instances that are gone keep a security group for a while.</summary>
    private static async Task DeleteGroupAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        var say = scope.Context.SayChanges();
        var (users, stays) = ("", 0);
        var isGone = await scope.Context.UntilAsync(
            async () =>
            {
                try
                {
                    await scope.Context.Pacer.SendAsync(
                        scope.Clients.EC2.DeleteSecurityGroupAsync,
                        new DeleteSecurityGroupRequest { GroupId = resource.Id },
                        stop).ConfigureAwait(false);
                    return true;
                }
                catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidGroup.NotFound")
                {
                    return true;
                }
                catch (AmazonEC2Exception error) when (error.ErrorCode is "DependencyViolation" or "InvalidGroup.InUse")
                {
                    (users, var stay) = await UsersAsync(scope, resource.Id, stop).ConfigureAwait(false);
                    say($"  {resource.Name} is in use still: {(users.Length > 0 ? $"by {users}" : error.Message)}");
                    return (stays = stay ? stays + 1 : 0) == LooksAtUsers;
                }
            },
            TimeSpan.FromMinutes(10),
            stop).ConfigureAwait(false);
        if (!isGone || stays == LooksAtUsers)
        {
            throw new BakerException(
                isGone ? ExitCode.CloudFailed : ExitCode.TimedOut,
                $"The security group {resource.Name} ({resource.Id}) is in use still, by "
                    + $"{(users.Length > 0 ? users : "something that Baker did not make")}.",
                "Take it off what uses it; the same command goes on.");
        }
    }

    /// <returns>
    /// What keeps a security group, in words: the rules of others that name it, and network interfaces; and whether some of it goes
    /// only when somebody takes it away, as rules do, and instances that nobody has ended.
    /// </returns>
    private static async Task<(string Words, bool Stay)> UsersAsync(EnvironmentScope scope, string id, CancellationToken stop)
    {
        var groups = await scope.Context.Pacer.SendAsync(
            scope.Clients.EC2.DescribeSecurityGroupsAsync,
            new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = "ip-permission.group-id", Values = [id] }] },
            stop).ConfigureAwait(false);
        var interfaces = await scope.Context.Pacer.SendAsync(
            scope.Clients.EC2.DescribeNetworkInterfacesAsync,
            new DescribeNetworkInterfacesRequest { Filters = [new Filter { Name = "group-id", Values = [id] }] },
            stop).ConfigureAwait(false);
        var rules = (groups.SecurityGroups ?? [])
            .Where(group => group.GroupId != id)
            .Select(group => $"a rule of {group.GroupName} ({group.GroupId})")
            .ToList();
        var held = interfaces.NetworkInterfaces ?? [];
        var instances = held.Select(each => each.Attachment?.InstanceId).Where(each => each is { Length: > 0 }).Distinct().ToList();
        var words = rules.Concat(held.Select(each => each.Attachment?.InstanceId is { Length: > 0 } instance
            ? $"the instance {instance}"
            : $"the network interface {each.NetworkInterfaceId}" + (each.Description is { Length: > 0 } what ? $" ({what})" : "")));
        return (string.Join(", ", words), rules.Count > 0 || await AnyStaysAsync(scope, instances, stop).ConfigureAwait(false));
    }

    private static async Task<bool> AnyStaysAsync(EnvironmentScope scope, List<string?> instances, CancellationToken stop)
    {
        if (instances.Count == 0)
        {
            return false;
        }

        // By a filter, what is gone is no error.
        var reply = await scope.Context.Pacer.SendAsync(
            scope.Clients.EC2.DescribeInstancesAsync,
            new DescribeInstancesRequest { Filters = [new Filter { Name = "instance-id", Values = instances! }] },
            stop).ConfigureAwait(false);
        return (reply.Reservations ?? []).SelectMany(each => each.Instances ?? []).Any(each =>
            each.State?.Name != InstanceStateName.ShuttingDown && each.State?.Name != InstanceStateName.Terminated);
    }

    private static IEnumerable<Resource> Rules(
        EnvironmentScope scope,
        SecurityGroup group,
        string key,
        List<IpPermission>? permissions,
        bool isOutbound)
    {
        foreach (var permission in permissions ?? [])
        {
            var ends = (permission.Ipv4Ranges ?? []).Select(range => (Peer: range.CidrIp, range.Description))
                .Concat((permission.Ipv6Ranges ?? []).Select(range => (Peer: range.CidrIpv6, range.Description)))
                .Concat((permission.PrefixListIds ?? []).Select(list => (Peer: list.Id, list.Description)))
                .Concat((permission.UserIdGroupPairs ?? []).Select(pair => (Peer: pair.GroupId, pair.Description)));
            foreach (var (peer, description) in ends)
            {
                var rule = SecurityGroupResources.Rule(
                    key,
                    group.GroupName,
                    scope.Region,
                    isOutbound,
                    Protocol(permission.IpProtocol),
                    Ports(permission),
                    peer,
                    peer,
                    description ?? "");
                yield return rule with { IsInTheWay = peer.StartsWith("sg-", StringComparison.Ordinal) && peer != group.GroupId };
            }
        }
    }

    private static string Protocol(string protocol) => protocol switch
    {
        "-1" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        _ => protocol,
    };

    private static string Ports(IpPermission permission) => Protocol(permission.IpProtocol) is not ("tcp" or "udp") ? ""
        : permission.FromPort == permission.ToPort ? string.Create(CultureInfo.InvariantCulture, $"{permission.FromPort}")
        : string.Create(CultureInfo.InvariantCulture, $"{permission.FromPort}-{permission.ToPort}");

    private static IpPermission Permission(Resource rule)
    {
        var protocol = rule["protocol"];
        var permission = new IpPermission { IpProtocol = protocol == "all" ? "-1" : protocol };
        if (rule["ports"].Length > 0)
        {
            var ends = rule["ports"].Split('-');
            permission.FromPort = int.Parse(ends[0], CultureInfo.InvariantCulture);
            permission.ToPort = int.Parse(ends[^1], CultureInfo.InvariantCulture);
        }
        else if (protocol != "all")
        {
            (permission.FromPort, permission.ToPort) = (-1, -1);
        }

        var (peer, description) = (rule["peer"], rule["description"] is { Length: > 0 } text ? text : null);
        if (peer.StartsWith("sg-", StringComparison.Ordinal))
        {
            permission.UserIdGroupPairs = [new UserIdGroupPair { GroupId = peer, Description = description }];
        }
        else if (peer.StartsWith("pl-", StringComparison.Ordinal))
        {
            permission.PrefixListIds = [new PrefixListId { Id = peer, Description = description }];
        }
        else if (peer.Contains(':'))
        {
            permission.Ipv6Ranges = [new Ipv6Range { CidrIpv6 = peer, Description = description }];
        }
        else
        {
            permission.Ipv4Ranges = [new IpRange { CidrIp = peer, Description = description }];
        }

        return permission;
    }

    private static bool IsSame(SecurityGroupRule rule, Resource resource) =>
        rule.IsEgress == (resource["direction"] == "out")
        && Protocol(rule.IpProtocol) == resource["protocol"]
        && (resource["ports"].Length == 0 || Ports(new IpPermission
        {
            IpProtocol = rule.IpProtocol,
            FromPort = rule.FromPort,
            ToPort = rule.ToPort,
        }) == resource["ports"])
        && (rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId) == resource["peer"];
}
