namespace Baker.LocalCloud.Protocol;

/// <summary>Which action of which service an HTTP request asks for, and in which protocol.</summary>
/// <param name="Codec">What reads the request and writes the answer.</param>
/// <param name="Action">The action's name; the service may not have it.</param>
public sealed record WireCall(ServiceCodec Codec, string Action)
{
    /// <summary>Reads what names the action; null where the service is unknown or nothing names one.</summary>
    /// <param name="service">The service in the request's credential scope.</param>
    /// <param name="path">The request's path, without the query.</param>
    /// <param name="target">The X-Amz-Target header.</param>
    /// <param name="body">The body, or the query of a GET.</param>
    public static WireCall? Identify(string service, string path, string? target, ReadOnlyMemory<byte> body)
    {
        var action = ActionInPath(path) ?? (target is not null ? target[(target.LastIndexOf('.') + 1)..] : Parameter(body, "Action"));
        return action is { Length: > 0 } && ServiceCodec.For(service, Protocol(path, target)) is { } codec
            ? new WireCall(codec, action)
            : null;
    }

    /// <summary>The service that a request without a signature is for, as far as its protocol says it.</summary>
    /// <param name="path">The request's path, without the query.</param>
    /// <param name="target">The X-Amz-Target header.</param>
    /// <param name="body">The body, or the query of a GET.</param>
    /// <returns>The name in credential scopes; empty where the protocol is known and the service is not; null where nothing says
    /// anything, as in the requests of S3.</returns>
    public static string? ServiceOf(string path, string? target, ReadOnlyMemory<byte> body) =>
        target is not null || ActionInPath(path) is not null ? ServiceCodec.Targeted(target ?? path.Split('/')[2])
        : Parameter(body, "Version") is { } version ? ServiceCodec.OfVersion(version)
        : Parameter(body, "Action") is not null ? ""
        : null;

    /// <summary>What writes the errors of a service, known or not, in the protocol that a request is in.</summary>
    internal static ServiceCodec CodecOf(string service, string path, string? target) =>
        ServiceCodec.For(service, Protocol(path, target)) ?? ServiceCodec.OfUnknown(target is not null);

    // The CBOR protocol names the action in the path: /service/NAME/operation/ACTION.
    private static string? ActionInPath(string path) =>
        path.Split('/') is ["", "service", _, "operation", { Length: > 0 } last] ? last : null;

    private static string? Protocol(string path, string? target) =>
        ActionInPath(path) is not null ? "cbor" : target is not null ? "json" : null;

    private static string? Parameter(ReadOnlyMemory<byte> body, string wanted)
    {
        foreach (var (name, value) in FormText.Read(body).Take(RequestSize.MostValues))
        {
            if (name == wanted)
            {
                return value;
            }
        }

        return null;
    }
}
