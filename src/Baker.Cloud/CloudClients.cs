using System.Collections.Concurrent;
using Amazon;
using Amazon.AutoScaling;
using Amazon.CertificateManager;
using Amazon.CloudWatch;
using Amazon.EC2;
using Amazon.ElastiCache;
using Amazon.ElasticLoadBalancingV2;
using Amazon.RDS;
using Amazon.Redshift;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SimpleNotificationService;
using Amazon.SimpleSystemsManagement;
using Baker.Cloud.Waiting;

namespace Baker.Cloud;

/// <summary>
/// The clients of one region, made when first used. They do not retry: <see cref="Pacing.Pacer"/> does, for all of them
/// together, so that one refused call slows every caller and a person's interrupt ends the wait.
/// </summary>
public sealed class CloudClients : IDisposable
{
    /// <summary>For endpoints on this machine, which no proxy reaches.</summary>
    private static readonly SocketsHttpHandler s_withoutProxy = Sockets(useProxy: false);

    /// <summary>For all others: by the proxy that the environment names.</summary>
    private static readonly SocketsHttpHandler s_outward = Sockets(useProxy: true);

    private readonly ConcurrentDictionary<Type, Lazy<IDisposable>> _clients = new();
    private readonly CloudConnection _connection;
    private readonly CloudClock? _clock;

    /// <param name="clock">Takes the time from what the clients are answered.</param>
    public CloudClients(CloudConnection connection, string region, CloudClock? clock = null)
    {
        (_connection, _clock) = (connection, clock);
        Region = region;
    }

    public string Region { get; }

    public string CloudName => _connection.Name;

    public PollPace Pace => _connection.Pace;

    /// <summary>How the cloud's instances are reached over SSH.</summary>
    public SshReach Ssh => _connection.Ssh;

    /// <summary>Whether the endpoint is reached without TLS: the local cloud, or another on this machine.</summary>
    public bool UsesPlainHttp => _connection.ServiceUrl?.Scheme == "http" || _connection.Name == "local";

    public IAmazonEC2 EC2 => Client<IAmazonEC2>(() =>
        Configured(new AmazonEC2Config(), (c, config) => new AmazonEC2Client(c, config), config => new AmazonEC2Client(config)));

    public IAmazonAutoScaling AutoScaling => Client<IAmazonAutoScaling>(() => Configured(
        new AmazonAutoScalingConfig(),
        (c, config) => new AmazonAutoScalingClient(c, config),
        config => new AmazonAutoScalingClient(config)));

    public IAmazonSimpleSystemsManagement SSM => Client<IAmazonSimpleSystemsManagement>(() => Configured(
        new AmazonSimpleSystemsManagementConfig(),
        (c, config) => new AmazonSimpleSystemsManagementClient(c, config),
        config => new AmazonSimpleSystemsManagementClient(config)));

    public IAmazonElasticLoadBalancingV2 ELBv2 => Client<IAmazonElasticLoadBalancingV2>(() => Configured(
        new AmazonElasticLoadBalancingV2Config(),
        (c, config) => new AmazonElasticLoadBalancingV2Client(c, config),
        config => new AmazonElasticLoadBalancingV2Client(config)));

    public IAmazonCertificateManager ACM => Client<IAmazonCertificateManager>(() => Configured(
        new AmazonCertificateManagerConfig(),
        (c, config) => new AmazonCertificateManagerClient(c, config),
        config => new AmazonCertificateManagerClient(config)));

    public IAmazonCloudWatch CloudWatch => Client<IAmazonCloudWatch>(() => Configured(
        new AmazonCloudWatchConfig(),
        (c, config) => new AmazonCloudWatchClient(c, config),
        config => new AmazonCloudWatchClient(config)));

    public IAmazonSimpleNotificationService SNS => Client<IAmazonSimpleNotificationService>(() => Configured(
        new AmazonSimpleNotificationServiceConfig(),
        (c, config) => new AmazonSimpleNotificationServiceClient(c, config),
        config => new AmazonSimpleNotificationServiceClient(config)));

    public IAmazonRDS RDS => Client<IAmazonRDS>(() =>
        Configured(new AmazonRDSConfig(), (c, config) => new AmazonRDSClient(c, config), config => new AmazonRDSClient(config)));

    public IAmazonElastiCache ElastiCache => Client<IAmazonElastiCache>(() => Configured(
        new AmazonElastiCacheConfig(),
        (c, config) => new AmazonElastiCacheClient(c, config),
        config => new AmazonElastiCacheClient(config)));

    public IAmazonRedshift Redshift => Client<IAmazonRedshift>(() => Configured(
        new AmazonRedshiftConfig(),
        (c, config) => new AmazonRedshiftClient(c, config),
        config => new AmazonRedshiftClient(config)));

    public IAmazonS3 S3 => Client<IAmazonS3>(() => Configured(
        new AmazonS3Config { ForcePathStyle = _connection.Name != "aws" },
        (c, config) => new AmazonS3Client(c, config),
        config => new AmazonS3Client(config)));

    public IAmazonSecurityTokenService STS => Client<IAmazonSecurityTokenService>(() => Configured(
        new AmazonSecurityTokenServiceConfig(),
        (c, config) => new AmazonSecurityTokenServiceClient(c, config),
        config => new AmazonSecurityTokenServiceClient(config)));

    public void Dispose()
    {
        foreach (var client in _clients.Values.Where(client => client.IsValueCreated))
        {
            client.Value.Dispose();
        }
    }

    // How long a call may take is the pacer's to say; that there is nobody at an address shows sooner.
    private static SocketsHttpHandler Sockets(bool useProxy) => new()
    {
        UseProxy = useProxy,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    private T Client<T>(Func<IDisposable> make) => (T)_clients.GetOrAdd(typeof(T), _ => new Lazy<IDisposable>(() =>
    {
        var client = make();
        _clock?.Watch(client);
        return client;
    })).Value;

    private IDisposable Configured<TConfig>(
        TConfig config,
        Func<AWSCredentials, TConfig, IDisposable> withCredentials,
        Func<TConfig, IDisposable> withChain)
        where TConfig : ClientConfig
    {
        config.MaxErrorRetry = 0;
        config.ThrottleRetries = false;
        if (_connection.ServiceUrl is { } url)
        {
            config.ServiceURL = url.ToString();
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(Region);
        }

        // The environment and the profile may name an endpoint too, and then the SDK forgets the region.
        config.AuthenticationRegion = Region;
        var isHere = Uri.TryCreate(config.ServiceURL, UriKind.Absolute, out var endpoint) && endpoint.IsLoopback;
        config.HttpClientFactory = new HandlerHttpClientFactory(
            new ReplyCheck(_connection.Trace(_connection.Handler ?? (isHere ? s_withoutProxy : s_outward))));
        return _connection.Credentials is { } credentials ? withCredentials(credentials, config) : withChain(config);
    }
}
