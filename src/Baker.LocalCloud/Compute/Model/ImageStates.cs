using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Makes images and snapshots available when their time is over and the disk is copied.</summary>
internal sealed class ImageStates(CloudContext cloud, ComputeTables tables)
{
    public void Recover()
    {
        foreach (var image in tables.Images.All.Where(i => i.State == "pending").ToList())
        {
            Begin(image);
        }

        foreach (var snapshot in tables.Snapshots.All.Where(s => s.State == "pending").ToList())
        {
            Begin(snapshot);
        }
    }

    public void Begin(ImageRecord image)
    {
        tables.Images.Put(image);
        if (image.NeedsCapture && cloud.Sandboxes is { } host)
        {
            cloud.Background.Run(image.SourceInstanceId!, stop => CaptureAsync(host, image.Id, stop));
        }
        else if (image.NeedsCapture)
        {
            tables.Images.Put(image with { NeedsCapture = false });
        }

        cloud.Agenda.At(image.StateDue, now => Advance(image.Id, now));
    }

    public void Begin(SnapshotRecord snapshot)
    {
        tables.Snapshots.Put(snapshot);
        cloud.Agenda.At(snapshot.StateDue, now => AdvanceSnapshot(snapshot.Id, now));
    }

    /// <summary>Copies the disk under a snapshot to another one, whose own record says when it is complete.</summary>
    public void CopyDisk(string from, string to)
    {
        if (cloud.Sandboxes is { } host)
        {
            cloud.Background.Run(to, async stop =>
            {
                if (Directory.Exists(host.Folders.Snapshot(from)) && !Directory.Exists(host.Folders.Snapshot(to)))
                {
                    await host.CopySnapshotAsync(from, to, stop).ConfigureAwait(false);
                }
            });
        }
    }

    /// <summary>Removes the files of a snapshot that is deleted.</summary>
    public void RemoveDisk(string snapshotId)
    {
        foreach (var restore in tables.FastRestores.All.Where(restore => restore.SnapshotId == snapshotId).ToList())
        {
            tables.FastRestores.Remove(restore.Id);
        }

        if (cloud.Sandboxes is { } host)
        {
            cloud.Background.Run(snapshotId, stop => host.RemoveSnapshotAsync(snapshotId, stop));
        }
    }

    private void Advance(string id, DateTimeOffset now)
    {
        if (tables.Images.Find(id) is not { State: "pending", NeedsCapture: false } image || now < image.StateDue)
        {
            return;
        }

        tables.Images.Put(image.WillFail
            ? image with { State = "failed", FailureReason = "Client.InternalError: failed by a fault of the local cloud" }
            : image with { State = "available" });
        foreach (var device in image.Devices)
        {
            if (device.SnapshotId is { } snapshotId)
            {
                AdvanceSnapshot(snapshotId, now);
            }
        }
    }

    private void AdvanceSnapshot(string id, DateTimeOffset now)
    {
        if (tables.Snapshots.Find(id) is { State: "pending" } snapshot && now >= snapshot.StateDue)
        {
            tables.Snapshots.Put(snapshot with { State = "completed" });
        }
    }

    private async Task CaptureAsync(SandboxHost host, string imageId, CancellationToken stop)
    {
        var (image, instance) = cloud.Report(() =>
        {
            var found = tables.Images.Find(imageId);
            var source = tables.Instances.Find(found?.SourceInstanceId);
            var reboots = found is { NeedsCapture: true, Reboots: true } && source is { State: "running" };
            if (reboots)
            {
                source = source! with { IsPaused = true, AgentDue = null };
                tables.Instances.Put(source);
            }

            return (found, source);
        });
        if (image is not { NeedsCapture: true, RootSnapshotId: { } snapshotId } || instance is null)
        {
            return;
        }

        var failure = default(string);
        var sandbox = instance.Sandbox;
        try
        {
            if (instance.IsPaused && (sandbox ?? host.Adopt(instance.Id)) is { } running)
            {
                await SandboxHost.StopAsync(running, force: false, stop).ConfigureAwait(false);
            }

            if (!Directory.Exists(host.Folders.Snapshot(snapshotId)))
            {
                await host.CaptureAsync(instance.Id, snapshotId, stop).ConfigureAwait(false);
            }

            if (instance.IsPaused)
            {
                sandbox = await host.BootAsync(InstanceStates.SpecOf(instance), instance.DiskSnapshotId, stop).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            failure = error.Message;
        }

        cloud.Report(() => Captured(imageId, instance.Id, sandbox, failure));
    }

    private void Captured(string imageId, string instanceId, SandboxProcess? sandbox, string? failure)
    {
        var now = cloud.Now;
        if (tables.Instances.Find(instanceId) is { IsPaused: true } instance)
        {
            tables.Instances.Put(instance with
            {
                IsPaused = false,
                Sandbox = sandbox,
                AgentDue = instance.State != "running" || instance.AgentNeverComes ? null : cloud.After(now, cloud.Delays.Agent),
            });
        }

        if (tables.Images.Find(imageId) is not { } image)
        {
            return;
        }

        if (failure is not null)
        {
            tables.Images.Put(image with { NeedsCapture = false, State = "failed", FailureReason = $"Client.InternalError: {failure}" });
            return;
        }

        if (tables.Snapshots.Find(image.RootSnapshotId) is { } snapshot)
        {
            tables.Snapshots.Put(snapshot with { HasDisk = true });
        }

        tables.Images.Put(image with { NeedsCapture = false });
        Advance(imageId, now);
    }
}
