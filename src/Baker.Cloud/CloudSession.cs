using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.SecurityToken.Model;
using Baker.Cloud.Pacing;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud;

/// <summary>One process's use of one cloud: its regions, made when first used, with one pacer and one memory of timings for all.</summary>
public sealed class CloudSession : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<CloudRegion>> _regions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<OtherAccount, Lazy<CloudSession>> _accounts = new();
    private readonly CloudConnection _connection;
    private readonly Func<ValueTask> _close;

    /// <param name="close">Closes what the connection goes to, after the clients: the local cloud.</param>
    public CloudSession(CloudConnection connection, Timings timings, TimeProvider time, Func<ValueTask>? close = null)
    {
        _connection = connection;
        _close = close ?? (() => ValueTask.CompletedTask);
        Timings = timings;
        Time = time;
        Pacer = new Pacer(time) { Say = connection.Say };
        Clock = new CloudClock(time);
    }

    private CloudSession(CloudSession home, CloudConnection connection)
    {
        (_connection, _close) = (connection, () => ValueTask.CompletedTask);
        (Timings, Time, Pacer, Clock) = (home.Timings, home.Time, home.Pacer, home.Clock);
    }

    /// <summary><c>aws</c> or <c>local</c>.</summary>
    public string CloudName => _connection.Name;

    /// <summary>The one endpoint of every service, where the connection is to another than AWS's.</summary>
    public Uri? ServiceUrl => _connection.ServiceUrl;

    /// <summary>EC2's endpoint in a region, where the connection, the environment or the profile names another than AWS's.</summary>
    public Uri? EndpointIn(string region) =>
        Uri.TryCreate(Region(region).Clients.EC2.Config.ServiceURL, UriKind.Absolute, out var url) ? url : null;

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

    /// <summary>The same cloud as another account sees it, in the role that the manifest names; closed with this one.</summary>
    /// <param name="region">Where the role is asked for.</param>
    /// <exception cref="BakerException">The role cannot be taken on.</exception>
    public async Task<CloudSession> InAsync(OtherAccount account, string region)
    {
        var credentials = new AccountCredentials(Region(region).Clients, Pacer, account);
        try
        {
            await credentials.GetCredentialsAsync().ConfigureAwait(false);
        }
        catch (AmazonServiceException error)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The role {account.RoleArn} of account {account.Name} cannot be taken on: "
                    + (CloudFailure.Explain(error)?.Message ?? error.Message),
                "Its trust policy has to name who runs this, and who runs this needs sts:AssumeRole for it.",
                error);
        }

        return _accounts.GetOrAdd(account, _ => new(() => new CloudSession(this, _connection with { Credentials = credentials }))).Value;
    }

    /// <summary>The account that the credentials belong to; null where the cloud does not say.</summary>
    public async Task<string?> AccountAsync(string region, CancellationToken stop)
    {
        try
        {
            var caller = await Pacer.SendAsync(Region(region).Clients.STS.GetCallerIdentityAsync, new GetCallerIdentityRequest(), stop)
                .ConfigureAwait(false);
            return caller.Account;
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.Explain(error) is not null)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Timings.Save();
        foreach (var account in _accounts.Values.Where(account => account.IsValueCreated))
        {
            await account.Value.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var region in _regions.Values.Where(region => region.IsValueCreated))
        {
            region.Value.Dispose();
        }

        await _close().ConfigureAwait(false);
    }
}
