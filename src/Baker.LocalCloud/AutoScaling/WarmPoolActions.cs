using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>Auto Scaling's actions on warm pools.</summary>
internal sealed class WarmPoolActions(AutoScalingService service)
{
    private const int Page = 50;

    private static readonly string[] s_states = ["Stopped", "Running", "Hibernated"];
    private readonly AutoScalingTables _tables = service.Tables;

    public void Register(Router router)
    {
        router.Handle<PutWarmPoolRequest, PutWarmPoolResponse>(AutoScalingService.Name, Put);
        router.Handle<DescribeWarmPoolRequest, DescribeWarmPoolResponse>(AutoScalingService.Name, Describe);
        router.Handle<DeleteWarmPoolRequest, DeleteWarmPoolResponse>(AutoScalingService.Name, Delete);
    }

    /// <summary>A pool as AWS shows it; null where the group has none.</summary>
    public static WarmPoolConfiguration? Show(WarmPoolRecord? pool) => pool is null ? null : new()
    {
        MinSize = pool.Min,
        MaxGroupPreparedCapacity = pool.MaxPrepared,
        PoolState = pool.PoolState,
        InstanceReusePolicy = pool.Reuses is null ? null : new InstanceReusePolicy { ReuseOnScaleIn = pool.Reuses },
        Status = pool.IsLeaving ? "PendingDelete" : null,
    };

    private PutWarmPoolResponse Put(Call call, PutWarmPoolRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        if (group.Mixed is not null)
        {
            throw Wrong("You can't add a warm pool to an Auto Scaling group that has a mixed instances policy.");
        }

        if (group.WarmPool is { IsLeaving: true })
        {
            throw new CloudException(
                "ScalingActivityInProgress",
                $"The warm pool of the Auto Scaling group {group.Name} is being deleted");
        }

        var most = request.MaxGroupPreparedCapacity switch { -1 => null, null => group.WarmPool?.MaxPrepared, var given => given };
        var state = request.PoolState?.Value ?? group.WarmPool?.PoolState ?? "Stopped";
        if (request.MinSize < 0 || most < group.Min || !s_states.Contains(state))
        {
            throw Wrong(request.MinSize < 0 ? "MinSize must be greater than or equal to 0."
                : most < group.Min ? $"MaxGroupPreparedCapacity {most} must not be less than the group's minimum size {group.Min}."
                : $"Pool state '{state}' must be one of {string.Join(", ", s_states)}.");
        }

        service.Put(
            group with
            {
                WarmPool = new WarmPoolRecord(
                    request.MinSize ?? group.WarmPool?.Min ?? 0,
                    most,
                    state,
                    request.InstanceReusePolicy?.ReuseOnScaleIn ?? group.WarmPool?.Reuses,
                    IsLeaving: false),
            },
            call.Now);
        return new PutWarmPoolResponse();
    }

    private DescribeWarmPoolResponse Describe(Call call, DescribeWarmPoolRequest request)
    {
        var group = _tables.Group(call, request.AutoScalingGroupName);
        var members = _tables.MembersOf(group).Where(each => each.IsWarm).ToList();
        var (items, next) = Paging.Page(
            after => after is null ? members : members.SkipWhile(each => each.Id != after).Skip(1),
            each => each.Id,
            request.MaxRecords ?? Page,
            request.NextToken);
        return new DescribeWarmPoolResponse
        {
            WarmPoolConfiguration = Show(group.WarmPool),
            Instances = items.ConvertAll(GroupView.Of),
            NextToken = next,
        };
    }

    private DeleteWarmPoolResponse Delete(Call call, DeleteWarmPoolRequest request)
    {
        var group = service.Changeable(call, request.AutoScalingGroupName);
        var pool = group.WarmPool ?? throw Wrong($"No warm pool found for the Auto Scaling group {group.Name}");
        if (request.ForceDelete != true && service.Activities.AnyOpen(group))
        {
            throw new CloudException(
                "ScalingActivityInProgress",
                "You cannot delete a warm pool while there are scaling activities in progress.");
        }

        service.Put(group with { WarmPool = pool with { IsLeaving = true } }, call.Now);
        return new DeleteWarmPoolResponse();
    }

    private static CloudException Wrong(string message) => new("ValidationError", message);
}
