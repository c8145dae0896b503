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
        // The CBOR protocol names the action in the path: /service/NAME/operation/ACTION.
        var (protocol, action) = path.Split('/') is ["", "service", _, "operation", { Length: > 0 } last] ? ("cbor", last)
            : target is not null ? ("json", target[(target.LastIndexOf('.') + 1)..])
            : (null, Parameter(body));
        return action is { Length: > 0 } && ServiceCodec.For(service, protocol) is { } codec ? new WireCall(codec, action) : null;
    }

    private static string? Parameter(ReadOnlyMemory<byte> body)
    {
        foreach (var (name, value) in FormText.Read(body))
        {
            if (name == "Action")
            {
                return value;
            }
        }

        return null;
    }
}
