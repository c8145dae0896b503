using System.Collections.Concurrent;
using Amazon.Runtime;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;

namespace Baker.Cloud;

/// <summary>One process's use of one cloud: its regions, made when first used, with one pacer and one memory of timings for all.</summary>
public sealed class CloudSession : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<CloudRegion>> _regions = new(StringComparer.Ordinal);
    private readonly CloudConnection _connection;
    private readonly Func<ValueTask> _close;

    /// <param name="close">Closes what the connection goes to, after the clients: the local cloud.</param>
    public CloudSession(CloudConnection connection, Timings timings, TimeProvider time, Func<ValueTask>? close = null)
    {
        _connection = connection;
        _close = close ?? (() => ValueTask.CompletedTask);
        Timings = timings;
        Time = time;
        Pacer = new Pacer(time);
        Clock = new CloudClock(time);
    }

    /// <summary><c>aws</c> or <c>local</c>.</summary>
    public string CloudName => _connection.Name;

    /// <summary>The one endpoint of every service, where it is not AWS's.</summary>
    public Uri? ServiceUrl => _connection.ServiceUrl;

    /// <summary>The keys that requests are signed with, where the usual chain has nothing to say.</summary>
    public AWSCredentials? Credentials => _connection.Credentials;

    /// <summary>Commands to suggest: they reach the same cloud.</summary>
    public SuggestedCommands Suggested => _connection.Suggested;

    public Pacer Pacer { get; }

    public Timings Timings { get; }

    public TimeProvider Time { get; }

    /// <summary>What the cloud's own clock says: all regions have the same time.</summary>
    public CloudClock Clock { get; }

    public CloudRegion Region(string name) => _regions.GetOrAdd(
        name,
        _ => new Lazy<CloudRegion>(() => new CloudRegion(_connection, name, Pacer, Timings, Time, Clock))).Value;

    public async ValueTask DisposeAsync()
    {
        Timings.Save();
        foreach (var region in _regions.Values.Where(region => region.IsValueCreated))
        {
            region.Value.Dispose();
        }

        await _close().ConfigureAwait(false);
    }
}
