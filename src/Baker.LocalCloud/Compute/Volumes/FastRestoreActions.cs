using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Volumes;

/// <summary>
/// Fast snapshot restore: which snapshots are restored at full speed in which zones. It has its states, and changes no launch.
/// </summary>
internal sealed class FastRestoreActions(CloudContext cloud, ComputeModel compute)
{
    public void Register(Router router)
    {
        router.Handle<EnableFastSnapshotRestoresRequest, EnableFastSnapshotRestoresResponse>(ServiceNames.Compute, Enable);
        router.Handle<DisableFastSnapshotRestoresRequest, DisableFastSnapshotRestoresResponse>(ServiceNames.Compute, Disable);
        router.Handle<DescribeFastSnapshotRestoresRequest, DescribeFastSnapshotRestoresResponse>(ServiceNames.Compute, Describe);
    }

    private EnableFastSnapshotRestoresResponse Enable(Call call, EnableFastSnapshotRestoresRequest request)
    {
        var response = new EnableFastSnapshotRestoresResponse { Successful = [], Unsuccessful = [] };
        foreach (var (snapshot, zone) in Asked(call, request.AvailabilityZones, request.SourceSnapshotIds, request.DryRun))
        {
            if (snapshot.State != "completed")
            {
                response.Unsuccessful.Add(new EnableFastSnapshotRestoreErrorItem
                {
                    SnapshotId = snapshot.Id,
                    FastSnapshotRestoreStateErrors =
                    [
                        new EnableFastSnapshotRestoreStateErrorItem
                        {
                            AvailabilityZone = zone,
                            Error = new EnableFastSnapshotRestoreStateError
                            {
                                Code = "IncorrectState",
                                Message = $"The snapshot {snapshot.Id} is {snapshot.State}.",
                            },
                        },
                    ],
                });
                continue;
            }

            var restore = compute.Tables.FastRestores.Find(FastRestoreRecord.IdOf(snapshot.Id, zone));
            if (restore is null or { DisabledDue: not null })
            {
                restore = new FastRestoreRecord(snapshot.Id, zone, call.Region)
                {
                    EnabledFrom = call.Now,
                    EnabledDue = cloud.After(call.Now, cloud.Delays.Available),
                };
                compute.Tables.FastRestores.Put(restore);
            }

            response.Successful.Add(new EnableFastSnapshotRestoreSuccessItem
            {
                SnapshotId = snapshot.Id,
                AvailabilityZone = zone,
                State = restore.StateAt(call.Now),
                OwnerId = call.AccountId,
                EnablingTime = restore.EnabledFrom.UtcDateTime,
            });
        }

        return response;
    }

    private DisableFastSnapshotRestoresResponse Disable(Call call, DisableFastSnapshotRestoresRequest request)
    {
        var response = new DisableFastSnapshotRestoresResponse { Successful = [], Unsuccessful = [] };
        foreach (var (snapshot, zone) in Asked(call, request.AvailabilityZones, request.SourceSnapshotIds, request.DryRun))
        {
            if (compute.Tables.FastRestores.Find(FastRestoreRecord.IdOf(snapshot.Id, zone)) is not { } restore)
            {
                response.Unsuccessful.Add(new DisableFastSnapshotRestoreErrorItem
                {
                    SnapshotId = snapshot.Id,
                    FastSnapshotRestoreStateErrors =
                    [
                        new DisableFastSnapshotRestoreStateErrorItem
                        {
                            AvailabilityZone = zone,
                            Error = new DisableFastSnapshotRestoreStateError
                            {
                                Code = "InvalidFastSnapshotRestore.NotFound",
                                Message = $"Fast snapshot restore is not enabled for {snapshot.Id} in {zone}.",
                            },
                        },
                    ],
                });
                continue;
            }

            if (restore.DisabledDue is null)
            {
                restore = restore with { DisabledFrom = call.Now, DisabledDue = cloud.After(call.Now, cloud.Delays.Stopped) };
                compute.Tables.FastRestores.Put(restore);
            }

            response.Successful.Add(new DisableFastSnapshotRestoreSuccessItem
            {
                SnapshotId = snapshot.Id,
                AvailabilityZone = zone,
                State = restore.StateAt(call.Now),
                OwnerId = call.AccountId,
            });
        }

        return response;
    }

    private DescribeFastSnapshotRestoresResponse Describe(Call call, DescribeFastSnapshotRestoresRequest request)
    {
        var filter = new Filters<FastRestoreRecord>()
            .Add("availability-zone", r => r.Zone)
            .Add("owner-id", r => compute.Tables.Snapshots.Find(r.SnapshotId)?.OwnerId)
            .Add("snapshot-id", r => r.SnapshotId)
            .Add("state", r => r.StateAt(call.Now))
            .Compile(request.Filters);
        var (items, next) = Paging.Page(
            after => compute.Tables.FastRestores.After(after).Where(r =>
                r.Region == call.Region
                && compute.Tables.Snapshots.Find(r.SnapshotId) is { } snapshot
                && Lookup.IsOwn(call.AccountId, snapshot)
                && filter(r)),
            r => r.Id,
            request.MaxResults,
            request.NextToken);
        return new DescribeFastSnapshotRestoresResponse
        {
            NextToken = next,
            FastSnapshotRestores = [.. items.Select(r => new DescribeFastSnapshotRestoreSuccessItem
            {
                SnapshotId = r.SnapshotId,
                AvailabilityZone = r.Zone,
                State = r.StateAt(call.Now),
                StateTransitionReason = r.DisabledDue is null
                    ? "Client.UserInitiated - Lifecycle state transition"
                    : "Client.UserInitiated",
                OwnerId = call.AccountId,
                EnablingTime = r.EnabledFrom.UtcDateTime,
                EnabledTime = call.Now >= r.EnabledDue ? r.EnabledDue.UtcDateTime : null,
                DisablingTime = r.DisabledFrom?.UtcDateTime,
                DisabledTime = r.DisabledDue is { } end && call.Now >= end ? end.UtcDateTime : null,
            })],
        };
    }

    private IEnumerable<(SnapshotRecord Snapshot, string Zone)> Asked(Call call, List<string>? zones, List<string>? snapshots, bool? dryRun)
    {
        if (snapshots is not { Count: > 0 })
        {
            throw CloudException.Missing("SourceSnapshotId");
        }

        if (zones is not { Count: > 0 })
        {
            throw CloudException.Missing("AvailabilityZone");
        }

        if (zones.Find(zone => !Places.ZonesOf(call.Region).Contains(zone)) is { } unknown)
        {
            throw new CloudException("InvalidZone.NotFound", $"The zone '{unknown}' does not exist.");
        }

        var found = snapshots.Select(id => compute.Lookup.Find(call, compute.Tables.Snapshots, id)).ToList();
        if (found.Find(snapshot => snapshot.OwnerId != call.AccountId) is { } others)
        {
            throw new CloudException("AuthFailure", $"Not authorized for snapshot:{others.Id}", 403);
        }

        return dryRun == true ? throw CloudException.DryRun() : found.SelectMany(snapshot => zones.Select(zone => (snapshot, zone)));
    }
}
