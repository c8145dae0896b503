using System.Collections.Immutable;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Etcd;

/// <summary>
/// Asks etcd 3 through the JSON gateway that each member has (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). Where a member
/// does not answer, the next is asked; so what is sent must do no harm twice.
/// </summary>
public sealed class EtcdClient : IDisposable
{
    private readonly EtcdConnection _connection;
    private readonly ImmutableArray<EtcdChannel> _channels;
    private int _last;

    public EtcdClient(EtcdConnection connection, TimeProvider time)
    {
        _connection = connection;
        _channels = [.. connection.Endpoints.Select(endpoint => new EtcdChannel(connection, endpoint, time))];
    }

    /// <param name="method">Such as <c>kv/range</c>.</param>
    /// <param name="request">Its body, as the gateway takes it.</param>
    /// <param name="what">What it is about, for messages: <c>read /baker/services/</c>.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BakerException">What went wrong, where the address or the user stands, and what to do.</exception>
    public async Task<JObject> SendAsync(string method, JObject request, string what, CancellationToken stop) =>
        await TrySendAsync(method, request, what, stop).ConfigureAwait(false)
        ?? throw new BakerException(ExitCode.CloudFailed, $"etcd found nothing to {what}.", "Run the command again.");

    /// <summary>The same; null where etcd has no such lease or key.</summary>
    public async Task<JObject?> TrySendAsync(string method, JObject request, string what, CancellationToken stop)
    {
        var silent = new List<(EtcdEndpoint Endpoint, EtcdRefusal Refusal)>();
        var first = Volatile.Read(ref _last);
        for (var turn = 0; turn < _channels.Length; turn++)
        {
            var index = (first + turn) % _channels.Length;
            try
            {
                var reply = await _channels[index].SendAsync(method, request, stop).ConfigureAwait(false);
                Volatile.Write(ref _last, index);
                return reply;
            }
            catch (EtcdRefusal refusal) when (refusal.IsOfOneMember)
            {
                silent.Add((_channels[index].Endpoint, refusal));
            }
            catch (EtcdRefusal refusal)
            {
                return refusal.Kind == EtcdRefusalKind.NotFound ? null : throw Explain(refusal, _channels[index].Endpoint, what);
            }
        }

        throw Explain(silent);
    }

    public void Dispose()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }
    }

    private BakerException Explain(List<(EtcdEndpoint Endpoint, EtcdRefusal Refusal)> silent)
    {
        silent = [.. silent.OrderBy(each => _connection.Endpoints.IndexOf(each.Endpoint))];
        var (endpoint, worst) = silent.OrderByDescending(each => each.Refusal.Kind).First();
        var all = silent.Select(each => $"{each.Endpoint} ({each.Refusal.Message})");
        return new BakerException(
            ExitCode.CloudFailed,
            At(endpoint.Place, $"etcd cannot be asked at {string.Join(", nor at ", all)}."),
            worst.Kind switch
            {
                EtcdRefusalKind.Untrusted => "\"ca_file\" names the certificate of the authority that signed etcd's; one that has expired "
                    + "is to be replaced on etcd.",
                EtcdRefusalKind.CertificateRefused => "\"certificate_file\" and \"key_file\" name a certificate that etcd's "
                    + "--trusted-ca-file has signed.",
                EtcdRefusalKind.NotEtcd => "Check the address: https or http, the port for clients (2379), etcd 3.4 or newer with its "
                    + "JSON gateway (--enable-grpc-gateway).",
                _ => "Check that etcd runs and that this machine may connect to it, then run the command again.",
            },
            worst);
    }

    private BakerException Explain(EtcdRefusal refusal, EtcdEndpoint endpoint, string what)
    {
        var (place, message, remedy) = refusal.Kind switch
        {
            EtcdRefusalKind.WrongUser => (
                _connection.UserPlace,
                $"etcd at {endpoint} does not know the user {_connection.User}, or the password is another.",
                $"Check both with etcdctl --user {_connection.User} get /."),
            EtcdRefusalKind.UserMissing => (
                endpoint.Place,
                $"etcd at {endpoint} asks for a user: it takes no certificate for one over its JSON gateway.",
                "Add \"user\" beside \"etcd\"; the password comes from the environment."),
            EtcdRefusalKind.WithoutUsers => (
                _connection.UserPlace,
                $"etcd at {endpoint} has no users: authentication is not enabled there.",
                "Enable it (etcdctl auth enable), or remove \"user\"."),
            EtcdRefusalKind.Forbidden => (
                _connection.UserPlace,
                $"etcd at {endpoint} does not let the user {_connection.User} {what}.",
                "Give a role of the user's that permission: etcdctl role grant-permission ROLE --prefix=true readwrite PREFIX."),
            _ => (
                endpoint.Place,
                $"etcd at {endpoint} did not {what}: {refusal.Message}.",
                "etcdctl endpoint status and etcdctl alarm list show how it is."),
        };
        return new BakerException(ExitCode.CloudFailed, At(place, message), remedy, refusal);
    }

    private static string At(string? place, string message) => place is null ? message : $"{place}: {message}";
}
