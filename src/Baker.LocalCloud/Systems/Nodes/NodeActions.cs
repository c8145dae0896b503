using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Systems.Commands;

namespace Baker.LocalCloud.Systems.Nodes;

/// <summary>The instances that SSM knows: those whose agent has registered.</summary>
internal sealed class NodeActions(ComputeModel compute)
{
    private const int LargestPage = 50;

    public void Register(Router router)
    {
        router.Handle<DescribeInstanceInformationRequest, DescribeInstanceInformationResponse>(ServiceNames.Systems, Describe);
        router.Handle<GetConnectionStatusRequest, GetConnectionStatusResponse>(ServiceNames.Systems, (call, request) =>
            new GetConnectionStatusResponse
            {
                Target = request.Target,
                Status = CommandRunner.IsReachable(compute.Tables.Instances.Find(request.Target), call.Now)
                    ? ConnectionStatus.Connected
                    : ConnectionStatus.Notconnected,
            });
    }

    private DescribeInstanceInformationResponse Describe(Call call, DescribeInstanceInformationRequest request)
    {
        var filters = (request.Filters ?? []).Select(f => (Key: (string?)f.Key, f.Values))
            .Concat((request.InstanceInformationFilterList ?? []).Select(f => (Key: f.Key?.Value, Values: f.ValueSet)))
            .Select(f => Test(call, f.Key, f.Values ?? []))
            .ToArray();
        if (request.MaxResults is < 5 or > LargestPage)
        {
            throw new CloudException(
                "ValidationException",
                $"1 validation error detected: Value '{request.MaxResults}' at 'maxResults' failed to satisfy constraint: "
                    + $"Member must have value between 5 and {LargestPage}");
        }

        // Asking for some instances by id is the common case, and need not go through all.
        var ids = (request.Filters ?? []).Find(f => f.Key is "InstanceIds")?.Values
            ?? (request.InstanceInformationFilterList ?? []).Find(f => f.Key?.Value == "InstanceIds")?.ValueSet;
        IEnumerable<InstanceRecord> After(string? after) => ids is null
            ? compute.Tables.Instances.After(after)
            : ids.Distinct()
                .Select(compute.Tables.Instances.Find)
                .OfType<InstanceRecord>()
                .OrderBy(i => i.Id, StringComparer.Ordinal)
                .Where(i => after is null || string.CompareOrdinal(i.Id, after) > 0);
        var (items, next) = Paging.Page(
            after =>
                After(after).Where(i => i.Region == call.Region && PingOf(i, call.Now) is not null && Array.TrueForAll(filters, f => f(i))),
            i => i.Id,
            request.MaxResults ?? LargestPage,
            request.NextToken);
        return new DescribeInstanceInformationResponse
        {
            NextToken = next,
            InstanceInformationList = [.. items.Select(i => View(i, call.Now))],
        };
    }

    private static PingStatus? PingOf(InstanceRecord instance, DateTimeOffset now) =>
        CommandRunner.IsReachable(instance, now) ? PingStatus.Online
        : instance is { AgentNeverComes: false }
            && (instance.State is "stopping" or "stopped" || (instance.State == "running" && instance.IsPaused)) ? PingStatus.ConnectionLost
        : null;

    private static Func<InstanceRecord, bool> Test(Call call, string? key, List<string> values) => key switch
    {
        null => throw RequestTags.Missing("ValidationException", "filters.1.member.key"),
        "InstanceIds" => i => values.Contains(i.Id),
        "PingStatus" => i => values.Contains(PingOf(i, call.Now)?.Value ?? ""),
        "PlatformTypes" => _ => values.Contains("Linux"),
        "ResourceType" => _ => values.Contains("EC2Instance"),
        "AgentVersion" => _ => values.Contains(AgentVersion),
        "IamRole" => i => values.Contains(i.Profile ?? ""),
        "tag-key" => i => values.Exists(i.Tags.ContainsKey),
        _ when key.StartsWith("tag:", StringComparison.Ordinal) =>
            i => i.Tags.TryGetValue(key[4..], out var value) && values.Contains(value),
        _ => throw new CloudException("InvalidInstanceInformationFilterValue", $"The filter {key} is not valid."),
    };

    private const string AgentVersion = "3.3.0.0";

    private static InstanceInformation View(InstanceRecord instance, DateTimeOffset now) => new()
    {
        InstanceId = instance.Id,
        PingStatus = PingOf(instance, now),
        LastPingDateTime = now.UtcDateTime,
        AgentVersion = AgentVersion,
        IsLatestVersion = true,
        PlatformType = PlatformType.Linux,
        PlatformName = "Linux (local)",
        PlatformVersion = "1",
        ResourceType = ResourceType.EC2Instance,
        IPAddress = instance.Address,
        ComputerName = $"ip-{instance.Address.Replace('.', '-')}.ec2.internal",
        SourceId = instance.Id,
        SourceType = SourceType.AWSEC2Instance,
    };
}
