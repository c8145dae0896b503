using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Etcd;

/// <summary>The way to one member: its JSON gateway, with a session of the user's where there is one.</summary>
internal sealed class EtcdChannel : IDisposable
{
    private readonly EtcdConnection _connection;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private string? _token;
    private string? _distrust;

    public EtcdChannel(EtcdConnection connection, EtcdEndpoint endpoint, TimeProvider time)
    {
        (_connection, Endpoint, _time) = (connection, endpoint, time);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors),
                ClientCertificates = connection.Certificate is { } own ? [own] : null,
            },
        };
        _http = new HttpClient(handler, disposeHandler: true) { BaseAddress = endpoint.Address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public EtcdEndpoint Endpoint { get; }

    /// <exception cref="EtcdRefusal">What etcd answered instead, or that nothing did.</exception>
    public async Task<JObject> SendAsync(string method, JObject request, CancellationToken stop)
    {
        if (_connection.User is not { } user)
        {
            return await PostAsync(method, request, token: null, stop).ConfigureAwait(false);
        }

        var known = _token;
        var token = known ?? await SignInAsync(user, stop).ConfigureAwait(false);
        try
        {
            return await PostAsync(method, request, token, stop).ConfigureAwait(false);
        }
        catch (EtcdRefusal refusal) when (refusal.Kind == EtcdRefusalKind.SessionEnded && known is not null)
        {
            // Sessions end after a while, and with the member that gave them.
            return await PostAsync(method, request, await SignInAsync(user, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> SignInAsync(string user, CancellationToken stop)
    {
        var request = new JObject { ["name"] = user, ["password"] = _connection.Password };
        var reply = await PostAsync("auth/authenticate", request, token: null, stop).ConfigureAwait(false);
        return _token = (string?)reply["token"] ?? "";
    }

    private async Task<JObject> PostAsync(string method, JObject content, string? token, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_connection.Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v3/{method}");
        request.Content = new StringContent(content.ToString(Formatting.None), Encoding.UTF8, "application/json");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        try
        {
            using var reply = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            return Read(reply.StatusCode, await reply.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new EtcdRefusal(
                EtcdRefusalKind.Silent,
                string.Create(CultureInfo.InvariantCulture, $"it has not answered within {_connection.Limit.TotalSeconds:0.#} s"));
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw Explain(error);
        }
    }

    private static JObject Read(HttpStatusCode status, string text)
    {
        JObject json;
        try
        {
            json = RecordJson.Parse(text);
        }
        catch (JsonException)
        {
            throw new EtcdRefusal(
                EtcdRefusalKind.NotEtcd,
                text.Contains("HTTP request to an HTTPS server", StringComparison.Ordinal)
                    ? "it answers over TLS alone"
                    : $"it answered {(int)status}, and not as etcd 3 does");
        }

        if (status == HttpStatusCode.OK && (json["header"] ?? json["result"]?["header"]) is JObject)
        {
            return json;
        }

        throw (string?)json["error"] is { } said && (int?)json["code"] is { } code
            ? new EtcdRefusal(EtcdRefusal.KindOf(code, said), said.Replace("etcdserver: ", "", StringComparison.Ordinal))
            : new EtcdRefusal(EtcdRefusalKind.NotEtcd, $"it answered {(int)status}, and not as etcd 3 does");
    }

    private EtcdRefusal Explain(Exception error)
    {
        if (Interlocked.Exchange(ref _distrust, null) is { } distrust)
        {
            return new EtcdRefusal(EtcdRefusalKind.Untrusted, distrust);
        }

        var causes = Causes(error).ToList();
        var last = causes[^1].Message.TrimEnd('.');
        if (causes.Exists(cause => cause.Message.Contains("alert", StringComparison.OrdinalIgnoreCase)))
        {
            return new EtcdRefusal(EtcdRefusalKind.CertificateRefused, "it does not take the client's certificate, or asks for one");
        }

        return causes.Exists(cause => cause is AuthenticationException)
            ? new EtcdRefusal(EtcdRefusalKind.NotEtcd, $"it does not speak TLS as it should ({last})")
            : Endpoint.Address.Scheme == "http" && error is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
                ? new EtcdRefusal(EtcdRefusalKind.NotEtcd, "it ends the connection, as one does that speaks TLS alone")
                : new EtcdRefusal(EtcdRefusalKind.Silent, last);
    }

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _distrust = null;
        if (certificate is not X509Certificate2 shown || chain is null)
        {
            _distrust = "it shows no certificate";
            return false;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            _distrust = $"its certificate ({shown.Subject}) is not for {Endpoint.Address.Host}";
            return false;
        }

        using var own = new X509Chain();
        if (_connection.Authorities is { } authorities)
        {
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(authorities);
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(element => element.Certificate).ToArray());
            chain = own;
            errors = chain.Build(shown) ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateChainErrors;
        }

        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        _distrust = chain.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid)
            ? $"its certificate ({shown.Subject}) is valid from {Time(shown.NotBefore)} to {Time(shown.NotAfter)}, and not now"
            : $"its certificate ({shown.Subject}) is of no authority that is trusted";
        return false;
    }

    private static string Time(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
