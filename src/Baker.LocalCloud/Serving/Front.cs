using System.Globalization;
using System.Text;
using Amazon.Runtime;
using Baker.LocalCloud.Compute;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Metadata;
using Baker.LocalCloud.Notifications;
using Baker.LocalCloud.Objects;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Signing;

namespace Baker.LocalCloud.Serving;

/// <summary>Answers HTTP requests: finds the service, admits the call, runs its handler in a transaction.</summary>
internal sealed class Front
{
    // What is not a file is read at once. No action of these services takes as much on AWS.
    private const int LargestTypedBody = 1024 * 1024;

    private readonly CloudContext _cloud;
    private readonly IReadOnlyList<ICloudService> _services;
    private readonly Router _router = new();
    private readonly StatusService _status;
    private readonly ComputeService _compute;

    public Front(CloudContext cloud, IReadOnlyList<ICloudService> services)
    {
        _cloud = cloud;
        _services = services;
        foreach (var service in services)
        {
            service.Register(_router);
        }

        _compute = services.OfType<ComputeService>().Single();
        _status = new StatusService(cloud, _compute, services.OfType<ICountedService>());
        Metadata = new MetadataService(cloud, _compute.Model);
    }

    /// <summary>What instances ask about themselves.</summary>
    public MetadataService Metadata { get; }

    /// <summary>Moves everything on to now.</summary>
    public void Tick() => Reconcile(_cloud.Now);

    public LocalCloudStatus Status()
    {
        Reconcile(_cloud.Now);
        return _cloud.Write(_status.Status);
    }

    /// <summary>Ends what services run beside the calls, such as listeners.</summary>
    public async Task StopAsync()
    {
        foreach (var service in _services.OfType<IAsyncDisposable>())
        {
            await service.DisposeAsync().ConfigureAwait(false);
        }
    }

    public void Close() => _cloud.Report(_status.Save);

    public CloudResponse Answer(CloudRequest request)
    {
        var requestId = Guid.NewGuid().ToString();
        try
        {
            return Answer(request, requestId);
        }
        catch (Exception bug)
        {
            // Of what comes before the action is known.
            return Refuse(request, Failed("a request", bug), requestId, CredentialScope.Of(request)?.Service);
        }
    }

    /// <summary>The answer to a request that did not come in order, as its service would give it.</summary>
    /// <param name="request">What has come of it.</param>
    /// <param name="error">What is wrong with it.</param>
    public CloudResponse Refuse(CloudRequest request, CloudException error) =>
        Refuse(request, error, Guid.NewGuid().ToString(), CredentialScope.Of(request)?.Service);

    private CloudResponse Answer(CloudRequest request, string requestId)
    {
        if (request.Path.StartsWith("/_baker/", StringComparison.Ordinal))
        {
            if (StatusService.IsProof(request))
            {
                return CloudResponse.Text(200, "text/plain", _cloud.Key.Prove(request.Path) + "\n");
            }

            // A session may be an instance's, and no instance steers the cloud that it runs in.
            return CredentialScope.Of(request)?.AccessKeyId.StartsWith(TemporaryKey.Beginning, StringComparison.Ordinal) == true
                ? CloudResponse.Text(403, "text/plain", "a session may not steer the local cloud\n")
                : _cloud.Report(() => _status.Answer(request));
        }

        if ((CredentialScope.Of(request) ?? TopicLinks.ScopeOf(request)) is not { } scope)
        {
            return Refuse(
                request,
                new CloudException("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
                requestId,
                service: null);
        }

        var raw = _router.RawService(scope.Service);
        try
        {
            request = raw is { KeepsContentCoding: true } ? request : ContentCoding.Undo(request, CloudServer.LargestBody);
        }
        catch (CloudException error)
        {
            return Refuse(request, error, requestId, scope.Service);
        }

        return raw is not null ? AnswerRaw(raw, scope, request, requestId) : AnswerTyped(scope, request, requestId);
    }

    private CloudResponse AnswerRaw(IRawService service, CredentialScope scope, CloudRequest request, string requestId)
    {
        var action = service.ActionOf(request);
        var call = CallOf(scope, request, action, requestId);
        try
        {
            OtherAccounts.CheckRaw(call);
            var response = Run(call, () => service.Answer(call, request));
            return _cloud.Write(() => _cloud.Faults.LosesReply(action)) ? response with { IsLost = true } : response;
        }
        catch (CloudException error)
        {
            return service.AnswerError(error, requestId);
        }
    }

    private CloudResponse AnswerTyped(CredentialScope scope, CloudRequest request, string requestId)
    {
        if (request.Body.Length > LargestTypedBody)
        {
            var tooLarge = new CloudException("RequestEntityTooLarge", $"The request has more than {LargestTypedBody} bytes.", 413);
            return Refuse(request, tooLarge, requestId, scope.Service);
        }

        var body = request.Body.Length > 0 ? request.Body : Encoding.UTF8.GetBytes(request.Query);
        if (WireCall.Identify(scope.Service, request.Path, request["X-Amz-Target"], body) is not { } wire)
        {
            return Refuse(request, Router.Unknown(scope.Service, "named"), requestId, scope.Service);
        }

        var call = CallOf(scope, request, wire.Action, requestId);
        try
        {
            var handler = _router.Find(scope.Service, wire.Action);
            var decoded = wire.Codec.Decode(wire.Action, body) ?? throw Router.Unknown(scope.Service, wire.Action);
            var answer = Run(call, () => OtherAccounts.Answer(call, decoded) ?? handler(call, decoded));
            var isLost = _cloud.Write(() => _cloud.Faults.LosesReply(wire.Action));
            var response = new CloudResponse(200, wire.Codec.Write(wire.Action, answer, requestId)) { IsLost = isLost };
            response.Headers.Add(new("Content-Type", wire.Codec.ContentType));
            response.Headers.AddRange(wire.Codec.Headers(requestId));
            AddDate(response, call.Now);
            return response;
        }
        catch (WireException error)
        {
            return ErrorOf(wire.Codec, new CloudException(error.Code, error.Message), call);
        }
        catch (CloudException error)
        {
            return ErrorOf(wire.Codec, error, call);
        }
        catch (Exception bug)
        {
            // Of the codec: what it could not read, or what a handler gave it to write.
            return ErrorOf(wire.Codec, Failed(call.Action, bug), call);
        }
    }

    private T Run<T>(Call call, Func<T> handle)
    {
        var (throttled, failed) = (false, true);
        try
        {
            Reconcile(call.Now);
            _cloud.Report(() => _compute.Model.Networks.Ensure(call.Region));
            var result = _cloud.Write(() =>
            {
                Admit(call, ref throttled);
                return handle();
            });
            failed = false;
            return result;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CloudException("InternalError", $"The local cloud cannot keep its state: {error.Message}", 500);
        }
        catch (Exception bug) when (bug is not CloudException)
        {
            throw Failed(call.Action, bug);
        }
        finally
        {
            _cloud.Write(() => _status.Counter.Count(call.Service, call.Action, throttled, failed));
        }
    }

    private CloudException Failed(string what, Exception bug)
    {
        _cloud.Failures.Add(what, bug);
        var name = bug.GetType().Name;
        return new("InternalError", $"The local cloud failed in {what}: {name}. More is in {FailureLog.Name} in its state folder.", 500);
    }

    private void Admit(Call call, ref bool throttled)
    {
        try
        {
            _cloud.Faults.Admit(call);
        }
        catch (CloudException error)
        {
            throttled = error.Code is "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "SlowDown";
            throw;
        }
    }

    private void Reconcile(DateTimeOffset now)
    {
        _cloud.Report(() => _cloud.Agenda.Run(now));
        foreach (var service in _services)
        {
            _cloud.Report(() => service.Reconcile(now));
        }
    }

    private Call CallOf(CredentialScope scope, CloudRequest request, string action, string requestId)
    {
        var session = scope.AccessKeyId.StartsWith(TemporaryKey.Beginning, StringComparison.Ordinal)
            && RequestSignature.Read(request, scope, out _)?.Token is { } token
                ? TemporaryKey.Read(_cloud.Key, scope.AccessKeyId, token)
                : null;
        var account = session?.Account ?? Identifiers.AccountId;
        return new(scope.Service, action, scope.Region, account, scope.AccessKeyId, requestId, _cloud.Now) { Role = session?.Role ?? "" };
    }

    private static CloudResponse ErrorOf(ServiceCodec codec, CloudException error, Call call)
    {
        var response = new CloudResponse(error.Status, codec.EncodeError(error.Code, error.Message, error.Status, call.RequestId));
        response.Headers.Add(new("Content-Type", codec.ContentType));
        response.Headers.AddRange(codec.ErrorHeaders(error.Code, error.Status, call.RequestId));
        AddDate(response, call.Now);
        return response;
    }

    /// <summary>An error before the action is known, in the service's own protocol where the request says which it is for.</summary>
    private CloudResponse Refuse(CloudRequest request, CloudException error, string requestId, string? service)
    {
        service ??= request.ServiceByProtocol() ?? ObjectService.Name;
        if (_router.RawService(service) is { } raw)
        {
            return raw.AnswerError(error, requestId);
        }

        var codec = WireCall.CodecOf(service, request.Path, request["X-Amz-Target"]);
        var response = new CloudResponse(error.Status, codec.EncodeError(error.Code, error.Message, error.Status, requestId));
        response.Headers.Add(new("Content-Type", codec.ContentType));
        response.Headers.AddRange(codec.ErrorHeaders(error.Code, error.Status, requestId));
        AddDate(response, _cloud.Now);
        return response;
    }

    /// <summary>Clients correct their clock by it.</summary>
    private static void AddDate(CloudResponse response, DateTimeOffset now) =>
        response.Headers.Add(new("Date", now.ToString("R", CultureInfo.InvariantCulture)));
}
