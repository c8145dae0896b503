using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Lifecycle hooks and the actions that wait on them.</summary>
internal sealed class HookActions(AutoScalingService service)
{
    private const int DefaultHeartbeat = 3600;
    private const string DefaultResult = "ABANDON";
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<PutLifecycleHookRequest, PutLifecycleHookResponse>(AutoScalingService.Name, Put);
        router.Handle<DeleteLifecycleHookRequest, DeleteLifecycleHookResponse>(AutoScalingService.Name, Delete);
        router.Handle<DescribeLifecycleHooksRequest, DescribeLifecycleHooksResponse>(AutoScalingService.Name, Describe);
        router.Handle<CompleteLifecycleActionRequest, CompleteLifecycleActionResponse>(AutoScalingService.Name, Complete);
        router.Handle<RecordLifecycleActionHeartbeatRequest, RecordLifecycleActionHeartbeatResponse>(AutoScalingService.Name, Heartbeat);
    }

    public static HookRecord Of(LifecycleHookSpecification hook) => new(
        hook.LifecycleHookName,
        hook.LifecycleTransition,
        hook.DefaultResult ?? DefaultResult,
        hook.HeartbeatTimeout ?? DefaultHeartbeat,
        hook.NotificationTargetARN,
        hook.RoleARN,
        hook.NotificationMetadata);

    private PutLifecycleHookResponse Put(Call call, PutLifecycleHookRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var before = group.Hooks.FirstOrDefault(each => each.Name == request.LifecycleHookName);
        var hook = new HookRecord(
            request.LifecycleHookName,
            request.LifecycleTransition
                ?? before?.Transition
                ?? throw new CloudException("ValidationError", "LifecycleTransition is required to create a lifecycle hook"),
            request.DefaultResult ?? before?.DefaultResult ?? DefaultResult,
            request.HeartbeatTimeout ?? before?.Heartbeat ?? DefaultHeartbeat,
            request.NotificationTargetARN ?? before?.TargetArn,
            request.RoleARN ?? before?.RoleArn,
            request.NotificationMetadata ?? before?.Metadata);
        if (hook.Transition is not (HookRecord.Launching or HookRecord.Terminating)
            || hook.DefaultResult is not ("CONTINUE" or "ABANDON")
            || hook.Heartbeat is < 30 or > 7200)
        {
            throw new CloudException("ValidationError", hook.Heartbeat is < 30 or > 7200
                ? "The heartbeat timeout must be between 30 and 7200 seconds"
                : $"Invalid Lifecycle Transition or default result: {hook.Transition}, {hook.DefaultResult}");
        }

        service.Put(group with { Hooks = before is null ? group.Hooks.Add(hook) : group.Hooks.Replace(before, hook) }, call.Now);
        return new PutLifecycleHookResponse();
    }

    private DeleteLifecycleHookResponse Delete(Call call, DeleteLifecycleHookRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var hook = Find(group, request.LifecycleHookName);
        foreach (var member in _tables.MembersByGroup[group.Id].Where(each => each.Waits.Any(wait => wait.Hook == hook.Name)).ToList())
        {
            // What still waits on it gets the default result.
            _tables.Members.Put(member with
            {
                Waits = [.. member.Waits.Select(wait =>
                    wait.Hook == hook.Name && wait.Result is null ? wait with { Result = hook.DefaultResult } : wait)],
            });
        }

        service.Put(group with { Hooks = group.Hooks.Remove(hook) }, call.Now);
        return new DeleteLifecycleHookResponse();
    }

    private DescribeLifecycleHooksResponse Describe(Call call, DescribeLifecycleHooksRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        return new DescribeLifecycleHooksResponse
        {
            LifecycleHooks = [.. group.Hooks
                .Where(each => request.LifecycleHookNames is not { Count: > 0 } names || names.Contains(each.Name))
                .Select(hook => new LifecycleHook
                {
                    LifecycleHookName = hook.Name,
                    AutoScalingGroupName = group.Name,
                    LifecycleTransition = hook.Transition,
                    DefaultResult = hook.DefaultResult,
                    HeartbeatTimeout = hook.Heartbeat,
                    GlobalTimeout = hook.GlobalTimeout,
                    NotificationTargetARN = hook.TargetArn,
                    RoleARN = hook.RoleArn,
                    NotificationMetadata = hook.Metadata,
                })],
        };
    }

    private CompleteLifecycleActionResponse Complete(Call call, CompleteLifecycleActionRequest request)
    {
        if (request.LifecycleActionResult is not ("CONTINUE" or "ABANDON"))
        {
            throw new CloudException(
                "ValidationError",
                $"Lifecycle action result '{request.LifecycleActionResult}' is not valid: it is CONTINUE or ABANDON");
        }

        var (group, member, wait) = Waiting(
            call,
            request.AutoScalingGroupName,
            request.LifecycleHookName,
            request.InstanceId,
            request.LifecycleActionToken);
        _tables.Members.Put(member with { Waits = member.Waits.Replace(wait, wait with { Result = request.LifecycleActionResult }) });
        service.Reconciler.Run(group.Id, call.Now);
        return new CompleteLifecycleActionResponse();
    }

    private RecordLifecycleActionHeartbeatResponse Heartbeat(Call call, RecordLifecycleActionHeartbeatRequest request)
    {
        var (group, member, wait) = Waiting(
            call,
            request.AutoScalingGroupName,
            request.LifecycleHookName,
            request.InstanceId,
            request.LifecycleActionToken);
        var hook = Find(group, wait.Hook);
        var due = call.Now + service.Lifecycle.Held(member, hook, hook.Heartbeat);
        _tables.Members.Put(member with { Waits = member.Waits.Replace(wait, wait with { Due = due < wait.EndsAt ? due : wait.EndsAt }) });
        return new RecordLifecycleActionHeartbeatResponse();
    }

    private (GroupRecord Group, MemberRecord Member, WaitRecord Wait) Waiting(
        Call call,
        string groupName,
        string hook,
        string? instanceId,
        string? token)
    {
        var group = _tables.Group(call, groupName);
        Find(group, hook);
        foreach (var member in _tables.MembersByGroup[group.Id].Where(each => instanceId is null || each.Id == instanceId))
        {
            if (member.Waits.FirstOrDefault(wait =>
                wait.Hook == hook && wait.Result is null && (token is null || wait.Token == token)) is { } wait)
            {
                return (group, member, wait);
            }
        }

        throw new CloudException(
            "ValidationError",
            $"No active Lifecycle Action found with {(token is null ? $"instance ID {instanceId}" : $"token {token}")}");
    }

    private static HookRecord Find(GroupRecord group, string name) => group.Hooks.FirstOrDefault(each => each.Name == name)
        ?? throw new CloudException("ValidationError", $"No Lifecycle Hook found with name {name} for Auto Scaling group {group.Name}");
}
