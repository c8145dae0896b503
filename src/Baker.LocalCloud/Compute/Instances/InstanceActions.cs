using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Instances;

/// <summary>Launching, describing and moving instances.</summary>
internal sealed class InstanceActions(CloudContext cloud, ComputeModel compute)
{
    private const int LargestPage = 1000;
    private const int LargestConsole = 64 * 1024;

    private readonly Filters<InstanceRecord> _filters = InstanceFilters.Make(compute.Tables);

    private readonly Filters<InstanceRecord> _statusFilters = new Filters<InstanceRecord>()
        .Add("availability-zone", i => i.Zone)
        .Add("instance-state-name", i => i.State)
        .Add("instance-state-code", i => InstanceView.Codes[i.State].ToString())
        .Add("instance-status.status", i => StatusOf(i, cloud.Now).Value)
        .Add("system-status.status", i => StatusOf(i, cloud.Now).Value)
        .Add("instance-status.reachability", i => StatusOf(i, cloud.Now) == SummaryStatus.Ok ? "passed" : "initializing")
        .Add("system-status.reachability", i => StatusOf(i, cloud.Now) == SummaryStatus.Ok ? "passed" : "initializing");

    public void Register(Router router)
    {
        router.Handle<RunInstancesRequest, RunInstancesResponse>(ServiceNames.Compute, Run);
        router.Handle<DescribeInstancesRequest, DescribeInstancesResponse>(ServiceNames.Compute, Describe);
        router.Handle<DescribeInstanceStatusRequest, DescribeInstanceStatusResponse>(ServiceNames.Compute, DescribeStatus);
        router.Handle<StartInstancesRequest, StartInstancesResponse>(ServiceNames.Compute, Start);
        router.Handle<StopInstancesRequest, StopInstancesResponse>(ServiceNames.Compute, Stop);
        router.Handle<TerminateInstancesRequest, TerminateInstancesResponse>(ServiceNames.Compute, Terminate);
        router.Handle<RebootInstancesRequest, RebootInstancesResponse>(ServiceNames.Compute, Reboot);
        router.Handle<GetConsoleOutputRequest, GetConsoleOutputResponse>(ServiceNames.Compute, Console);
    }

    private RunInstancesResponse Run(Call call, RunInstancesRequest request) =>
        new() { Reservation = ReservationOf(compute.Launcher.Launch(call, request)) };

    private DescribeInstancesResponse Describe(Call call, DescribeInstancesRequest request)
    {
        if (request.InstanceIds is { Count: > 0 } && request.MaxResults is not null)
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "The parameter instancesSet cannot be used with the parameter maxResults");
        }

        if (request.InstanceIds is { Count: > 0 })
        {
            compute.Lookup.Instances(call, request.InstanceIds);
        }

        var filter = _filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Instances,
            request.InstanceIds,
            filter,
            request.InstanceIds is { Count: > 0 } ? null : request.MaxResults ?? LargestPage,
            request.NextToken);
        return new DescribeInstancesResponse
        {
            NextToken = next,
            Reservations = [.. items.GroupBy(i => i.ReservationId).Select(g => ReservationOf([.. g.OrderBy(i => i.LaunchIndex)]))],
        };
    }

    private DescribeInstanceStatusResponse DescribeStatus(Call call, DescribeInstanceStatusRequest request)
    {
        var filter = _statusFilters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.Instances,
            request.InstanceIds,
            i => (request.IncludeAllInstances == true || i.State == "running") && filter(i),
            request.MaxResults ?? LargestPage,
            request.NextToken);
        return new DescribeInstanceStatusResponse { NextToken = next, InstanceStatuses = [.. items.Select(i => StatusView(i, call.Now))] };
    }

    private StartInstancesResponse Start(Call call, StartInstancesRequest request) => new()
    {
        StartingInstances = Change(call, request.InstanceIds, request.DryRun, i => i.State switch
        {
            "stopped" => () => compute.States.Begin(i, call.Now),
            "pending" or "running" => () => { }
            ,
            _ => throw Wrong(i, "started"),
        }),
    };

    private StopInstancesResponse Stop(Call call, StopInstancesRequest request) => new()
    {
        StoppingInstances = Change(call, request.InstanceIds, request.DryRun, i => i.State switch
        {
            "running" when i.DisableApiStop => throw new CloudException(
                "OperationNotPermitted",
                $"The instance '{i.Id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again."),
            "running" => () => compute.States.Stop(i, call.Now),
            "stopping" or "stopped" => () => { }
            ,
            _ => throw Wrong(i, "stopped"),
        }),
    };

    private TerminateInstancesResponse Terminate(Call call, TerminateInstancesRequest request) => new()
    {
        TerminatingInstances = Change(call, request.InstanceIds, request.DryRun, i => i.State switch
        {
            "shutting-down" or "terminated" => () => { }
            ,
            _ when i.DisableApiTermination => throw new CloudException(
                "OperationNotPermitted",
                $"The instance '{i.Id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."),
            _ => () => compute.States.Terminate(i, call.Now),
        }),
    };

    private RebootInstancesResponse Reboot(Call call, RebootInstancesRequest request)
    {
        Change(call, request.InstanceIds, request.DryRun, i =>
            i.State == "running" ? () => compute.States.Reboot(i, call.Now) : throw Wrong(i, "rebooted"));
        return new RebootInstancesResponse();
    }

    private GetConsoleOutputResponse Console(Call call, GetConsoleOutputRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        var text = instance.Executes
            ? cloud.Sandboxes?.ConsoleOf(instance.Id) ?? instance.LastConsole ?? ""
            : $"instance {instance.Id}: not executed: {cloud.Support.Reason}\n";
        var bytes = Encoding.UTF8.GetBytes(text);
        return new GetConsoleOutputResponse
        {
            InstanceId = instance.Id,
            Output = Convert.ToBase64String(bytes.AsSpan(Math.Max(0, bytes.Length - LargestConsole))),
            Timestamp = call.Now.UtcDateTime,
        };
    }

    /// <summary>Checks every instance before the first one changes.</summary>
    private List<InstanceStateChange> Change(Call call, List<string>? ids, bool? dryRun, Func<InstanceRecord, Action> change)
    {
        var changes = compute.Lookup.Instances(call, ids).Select(i => (Before: i, Apply: change(i))).ToList();
        if (dryRun == true)
        {
            throw CloudException.DryRun();
        }

        changes.ForEach(c => c.Apply());
        return [.. changes.Select(c => new InstanceStateChange
        {
            InstanceId = c.Before.Id,
            PreviousState = InstanceView.StateOf(c.Before.State),
            CurrentState = InstanceView.StateOf(compute.Tables.Instances.Find(c.Before.Id)!.State),
        })];
    }

    private Reservation ReservationOf(IReadOnlyList<InstanceRecord> instances) => new()
    {
        ReservationId = instances[0].ReservationId,
        OwnerId = Identifiers.AccountId,
        Groups = [],
        Instances = [.. instances.Select(i => InstanceView.Of(i, compute.Tables))],
    };

    private static CloudException Wrong(InstanceRecord instance, string verb) =>
        new("IncorrectInstanceState", $"The instance '{instance.Id}' is not in a state from which it can be {verb}.");

    /// <summary>Status checks pass a moment after the instance runs, when its agent would come.</summary>
    private static SummaryStatus StatusOf(InstanceRecord instance, DateTimeOffset now) =>
        instance.State != "running" ? SummaryStatus.NotApplicable
        : instance.IsPaused || (instance.AgentDue is { } due && now < due) ? SummaryStatus.Initializing
        : SummaryStatus.Ok;

    private static InstanceStatus StatusView(InstanceRecord instance, DateTimeOffset now)
    {
        var status = StatusOf(instance, now);
        InstanceStatusSummary Summary() => new()
        {
            Status = status,
            Details = status == SummaryStatus.NotApplicable
                ? []
                : [new InstanceStatusDetails
                {
                    Name = StatusName.Reachability,
                    Status = status == SummaryStatus.Ok ? StatusType.Passed : StatusType.Initializing,
                }],
        };
        return new InstanceStatus
        {
            InstanceId = instance.Id,
            AvailabilityZone = instance.Zone,
            InstanceState = InstanceView.StateOf(instance.State),
            Status = Summary(),
            SystemStatus = Summary(),
        };
    }
}
