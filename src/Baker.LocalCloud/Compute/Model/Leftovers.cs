using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Removes the files of instances and snapshots that no longer exist: their process died before it came to that.</summary>
internal static class Leftovers
{
    public static void Sweep(CloudContext cloud, ComputeTables tables)
    {
        if (cloud.Sandboxes is not { } host)
        {
            return;
        }

        foreach (var folder in Folders(Path.Combine(host.Folders.State, "instances")))
        {
            var id = Path.GetFileName(folder);
            if (id.StartsWith("i-", StringComparison.Ordinal) && tables.Instances.Find(id) is null or { State: "terminated" })
            {
                cloud.Background.Run(id, async stop =>
                {
                    if (host.Adopt(id) is { } alive)
                    {
                        await Sandboxes.SandboxHost.StopAsync(alive, force: true, stop).ConfigureAwait(false);
                    }

                    await host.RemoveInstanceAsync(id, stop).ConfigureAwait(false);
                });
            }
        }

        foreach (var folder in Folders(Path.Combine(host.Folders.State, "snapshots")))
        {
            var id = Path.GetFileName(folder);
            if (tables.Snapshots.Find(id) is null && !id.EndsWith(".new", StringComparison.Ordinal))
            {
                cloud.Background.Run(id, stop => host.RemoveSnapshotAsync(id, stop));
            }
        }
    }

    private static string[] Folders(string parent) => Directory.Exists(parent) ? Directory.GetDirectories(parent) : [];
}
