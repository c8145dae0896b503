using Amazon.Runtime;

namespace Baker.LocalCloud.Protocol;

/// <summary>The server's side of one service in one protocol: request bytes to objects, objects to response bytes.</summary>
public abstract class ServiceCodec
{
    private static readonly Dictionary<string, ServiceCodec> s_codecs = All();
    private static readonly ServiceModel s_unknown = new("", "query", "", "", "1.1", []);

    private protected ServiceCodec(ServiceModel model) => Model = model;

    /// <summary>Every action that this service answers.</summary>
    public IEnumerable<string> Actions => Model.Operations.Keys;

    /// <summary>The Content-Type of responses and errors.</summary>
    public abstract string ContentType { get; }

    private protected ServiceModel Model { get; }

    /// <summary>
    /// The codec of a service by its name in credential scopes (<c>ec2</c>, <c>autoscaling</c>, <c>ssm</c>,
    /// <c>elasticloadbalancing</c>, <c>monitoring</c>), in its usual protocol or in the one named
    /// (<c>monitoring</c> also speaks <c>json</c> and <c>cbor</c>); null where there is none.
    /// </summary>
    public static ServiceCodec? For(string service, string? protocol = null) =>
        s_codecs.GetValueOrDefault(protocol is null ? service : $"{service}/{protocol}")
            ?? (protocol is null ? null : s_codecs.GetValueOrDefault(service));

    /// <summary>The service whose API has this version, such as <c>2016-11-15</c>; empty where there is none.</summary>
    internal static string OfVersion(string version) =>
        s_codecs.FirstOrDefault(each => each.Value.Model.XmlNamespace.TrimEnd('/').EndsWith("/doc/" + version, StringComparison.Ordinal))
            .Value?.Model.Prefix ?? "";

    /// <summary>The service that an X-Amz-Target header begins with; empty where there is none.</summary>
    internal static string Targeted(string target) =>
        s_codecs.Values.FirstOrDefault(each => each.Model.Target is { Length: > 0 } own && target.StartsWith(own, StringComparison.Ordinal))
            ?.Model.Prefix ?? "";

    /// <summary>What writes the errors of a service that is not there.</summary>
    internal static ServiceCodec OfUnknown(bool isJson) => isJson ? new JsonCodec(s_unknown) : new QueryCodec(s_unknown);

    /// <summary>Reads a request; null where the service has no such action.</summary>
    /// <exception cref="WireException">The request does not follow the protocol or lacks what it must have.</exception>
    public AmazonWebServiceRequest? Decode(string action, ReadOnlyMemory<byte> body) =>
        Model.Operations.TryGetValue(action, out var operation) ? Decode(operation, body) : null;

    /// <summary>Writes the response of an action.</summary>
    public byte[] Encode(string action, AmazonWebServiceResponse response, string requestId)
    {
        using var payload = Write(action, response, requestId);
        return payload.ToArray();
    }

    /// <summary>Writes the response of an action, to be sent and disposed of.</summary>
    internal ReplyBytes Write(string action, AmazonWebServiceResponse response, string requestId) =>
        Write(Model.Operations[action], response, requestId);

    /// <summary>Writes an error; a status of 500 and more is the server's fault.</summary>
    public abstract byte[] EncodeError(string code, string message, int status, string requestId);

    /// <summary>Headers that go with every response, beside Content-Type.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> Headers(string requestId) => [new("x-amzn-RequestId", requestId)];

    /// <summary>Headers that go with an error.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> ErrorHeaders(string code, int status, string requestId) => Headers(requestId);

    private protected abstract AmazonWebServiceRequest Decode(Operation operation, ReadOnlyMemory<byte> body);

    private protected abstract ReplyBytes Write(Operation operation, AmazonWebServiceResponse response, string requestId);

    private static Dictionary<string, ServiceCodec> All()
    {
        var monitoring = CloudWatchServer.Model;
        return new(StringComparer.Ordinal)
        {
            ["ec2"] = new Ec2Codec(EC2Server.Model),
            ["autoscaling"] = new QueryCodec(AutoScalingServer.Model),
            ["iam"] = new QueryCodec(IdentityManagementServiceServer.Model),
            ["ssm"] = new JsonCodec(SimpleSystemsManagementServer.Model),
            ["elasticloadbalancing"] = new QueryCodec(ElasticLoadBalancingV2Server.Model),
            ["acm"] = new JsonCodec(CertificateManagerServer.Model),
            ["sns"] = new QueryCodec(SimpleNotificationServiceServer.Model),
            ["rds"] = new QueryCodec(RDSServer.Model),
            ["elasticache"] = new QueryCodec(ElastiCacheServer.Model),
            ["redshift"] = new QueryCodec(RedshiftServer.Model),
            ["monitoring"] = new QueryCodec(monitoring),
            ["monitoring/json"] = new JsonCodec(monitoring),
            ["monitoring/cbor"] = new CborCodec(monitoring),
        };
    }
}
