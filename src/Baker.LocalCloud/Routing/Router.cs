using Amazon.Runtime;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Routing;

/// <summary>Which handler answers which action. Services register theirs when the cloud opens.</summary>
internal sealed class Router
{
    private const string RequestSuffix = "Request";

    private readonly Dictionary<(string Service, string Action), Func<Call, AmazonWebServiceRequest, AmazonWebServiceResponse>> _handlers =
        [];
    private readonly Dictionary<string, IRawService> _raw = new(StringComparer.Ordinal);

    /// <summary>Registers the handler of the action that a request class is named for.</summary>
    /// <param name="service">The name in credential scopes: <c>ec2</c>, <c>ssm</c>, <c>autoscaling</c>, …</param>
    public void Handle<TRequest, TResponse>(string service, Func<Call, TRequest, TResponse> handler)
        where TRequest : AmazonWebServiceRequest
        where TResponse : AmazonWebServiceResponse
    {
        var action = typeof(TRequest).Name[..^RequestSuffix.Length];
        if (ServiceCodec.For(service)?.Actions.Contains(action) != true)
        {
            throw new InvalidOperationException($"{service} has no action {action}");
        }

        _handlers.Add((service, action), (call, request) => handler(call, (TRequest)request));
    }

    /// <summary>Registers a service that reads and writes HTTP itself.</summary>
    public void HandleRaw(string service, IRawService handler) => _raw.Add(service, handler);

    public IRawService? RawService(string service) => _raw.GetValueOrDefault(service);

    /// <exception cref="CloudException">Nothing answers this action.</exception>
    public Func<Call, AmazonWebServiceRequest, AmazonWebServiceResponse> Find(string service, string action) =>
        _handlers.TryGetValue((service, action), out var handler) ? handler : throw Unknown(service, action);

    public static CloudException Unknown(string service, string action) => service is "ssm" or "acm"
        ? new CloudException("UnknownOperationException", $"The local cloud does not answer {action}.")
        : new CloudException("InvalidAction", $"The action {action} is not valid for this web service.");
}
