using System.Collections.Frozen;

namespace Baker.LocalCloud.Protocol;

/// <summary>What the server needs to know of a service: how it is spoken to, and its operations.</summary>
internal sealed class ServiceModel(
    string prefix,
    string protocol,
    string xmlNamespace,
    string target,
    string jsonVersion,
    IReadOnlyList<Operation> operations)
{
    /// <summary>The name in host names and credential scopes: <c>ec2</c>, <c>elasticloadbalancing</c>, <c>monitoring</c>.</summary>
    public string Prefix => prefix;

    /// <summary><c>ec2</c>, <c>query</c> or <c>json</c>.</summary>
    public string Protocol => protocol;

    public string XmlNamespace => xmlNamespace;

    /// <summary>What stands before the action in X-Amz-Target, or in the path of the CBOR protocol.</summary>
    public string Target => target;

    public string JsonVersion => jsonVersion;

    public FrozenDictionary<string, Operation> Operations { get; } =
        operations.ToFrozenDictionary(each => each.Name, StringComparer.Ordinal);
}
