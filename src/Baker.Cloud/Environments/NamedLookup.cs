using Amazon.CertificateManager;
using Amazon.CertificateManager.Model;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.Runtime;
using Baker.Core.Resources;
using Filter = Amazon.EC2.Model.Filter;

namespace Baker.Cloud.Environments;

/// <summary>Whether what the manifest names of others' is there: all of a kind by one call, before anything is made.</summary>
internal static class NamedLookup
{
    private const int IdsPerFilter = 200;

    // Without this ACM lists certificates of RSA keys of up to 2048 bits alone.
    private static readonly List<string> s_keyTypes =
        ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];

    public static async Task CheckAsync(EnvironmentScope scope, CancellationToken stop)
    {
        foreach (var kind in scope.Named.GroupBy(each => each.Kind))
        {
            Dictionary<string, string> found;
            try
            {
                found = await FindAsync(scope, kind.Key, [.. kind.Select(each => each.Id).Distinct()], stop).ConfigureAwait(false);
            }
            catch (AmazonServiceException error)
                when (error.ErrorCode is "AccessDenied" or "AccessDeniedException" or "UnauthorizedOperation")
            {
                scope.Context.Say($"Whether {kind.First().Words} is there was not looked up: {error.Message}");
                continue;
            }

            foreach (var named in kind)
            {
                if (!found.TryGetValue(named.Id, out var state))
                {
                    scope.Obstacles.Add($"{named.Place}: {named.Words} is not in {scope.Region}");
                }
                else if (state.Length > 0)
                {
                    scope.Obstacles.Add($"{named.Place}: {named.Words} is {state}");
                }
            }
        }
    }

    /// <returns>Those that are there, each with what is wrong with its state; empty where nothing is.</returns>
    private static async Task<Dictionary<string, string>> FindAsync(
        EnvironmentScope scope,
        NamedKind kind,
        List<string> ids,
        CancellationToken stop)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        switch (kind)
        {
            case NamedKind.Certificate:
                await CertificatesAsync(scope, found, stop).ConfigureAwait(false);
                break;
            case NamedKind.TlsPolicy:
                await PoliciesAsync(scope, found, stop).ConfigureAwait(false);
                break;
            default:
                foreach (var chunk in ids.Chunk(IdsPerFilter))
                {
                    foreach (var id in await NetworkAsync(scope, kind, [.. chunk], stop).ConfigureAwait(false))
                    {
                        found[id] = "";
                    }
                }

                break;
        }

        return found;
    }

    /// <summary>By a filter, what is not there is no error.</summary>
    private static async Task<IEnumerable<string>> NetworkAsync(
        EnvironmentScope scope,
        NamedKind kind,
        List<string> ids,
        CancellationToken stop)
    {
        if (kind == NamedKind.Vpc)
        {
            var vpcs = await scope.Context.Pacer.SendAsync(
                scope.Clients.EC2.DescribeVpcsAsync,
                new DescribeVpcsRequest { Filters = [new Filter { Name = "vpc-id", Values = ids }] },
                stop).ConfigureAwait(false);
            return (vpcs.Vpcs ?? []).Select(each => each.VpcId);
        }

        if (kind is NamedKind.SecurityGroup or NamedKind.SecurityGroupName)
        {
            var byId = kind == NamedKind.SecurityGroup;
            var groups = await scope.Context.Pacer.SendAsync(
                scope.Clients.EC2.DescribeSecurityGroupsAsync,
                new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = byId ? "group-id" : "group-name", Values = ids }] },
                stop).ConfigureAwait(false);
            return (groups.SecurityGroups ?? []).Select(each => byId ? each.GroupId : each.GroupName);
        }

        var lists = new List<string>();
        var request = new DescribeManagedPrefixListsRequest { Filters = [new Filter { Name = "prefix-list-id", Values = ids }] };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.EC2.DescribeManagedPrefixListsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            lists.AddRange((page.PrefixLists ?? []).Select(each => each.PrefixListId));
        }

        return lists;
    }

    private static async Task CertificatesAsync(EnvironmentScope scope, Dictionary<string, string> found, CancellationToken stop)
    {
        var request = new ListCertificatesRequest { Includes = new Filters { KeyTypes = s_keyTypes }, MaxItems = 1000 };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.ACM.ListCertificatesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var certificate in page.CertificateSummaryList ?? [])
            {
                var isIssued = certificate.Status is null || certificate.Status == CertificateStatus.ISSUED;
                found[certificate.CertificateArn] = isIssued ? "" : $"not issued, but {certificate.Status}";
            }
        }
    }

    private static async Task PoliciesAsync(EnvironmentScope scope, Dictionary<string, string> found, CancellationToken stop)
    {
        var request = new DescribeSSLPoliciesRequest();
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.ELBv2.DescribeSSLPoliciesAsync,
            request,
            reply => request.Marker = reply.NextMarker,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var policy in page.SslPolicies ?? [])
            {
                found[policy.Name] = "";
            }
        }
    }
}
