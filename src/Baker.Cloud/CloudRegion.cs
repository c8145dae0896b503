using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;

namespace Baker.Cloud;

/// <summary>All that is needed to work in one region: its clients, the process's pacer, and the region's shared polls.</summary>
public sealed class CloudRegion : IDisposable
{
    public CloudRegion(CloudConnection connection, string name, Pacer pacer, Timings timings, TimeProvider time, CloudClock clock)
    {
        Clients = new CloudClients(connection, name, clock);
        Pacer = pacer;
        Waits = new CloudWaits(Clients, pacer, timings, time);
    }

    public string Name => Clients.Region;

    public CloudClients Clients { get; }

    public Pacer Pacer { get; }

    public CloudWaits Waits { get; }

    public void Dispose() => Clients.Dispose();
}
