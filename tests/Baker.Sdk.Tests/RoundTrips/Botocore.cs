using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Baker.LocalCloud.Protocol;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Every operation of the services whose clients are generated, put to botocore in one process.</summary>
internal static class Botocore
{
    private static readonly (string Service, string Name, string[] Protocols)[] s_services =
    [
        ("autoscaling", "autoscaling", ["query"]),
        ("elasticloadbalancing", "elbv2", ["query"]),
        ("acm", "acm", ["json"]),
        ("sns", "sns", ["query"]),
        ("iam", "iam", ["query"]),
        ("rds", "rds", ["query"]),
        ("elasticache", "elasticache", ["query"]),
        ("redshift", "redshift", ["query"]),
        ("monitoring", "cloudwatch", ["query", "json", "smithy-rpc-v2-cbor"]),
    ];

    private static readonly Lazy<Task<IReadOnlyDictionary<(string, string, string), JsonObject>>> s_answers = new(AskAsync);

    /// <summary>Service by credential scope, protocol as botocore calls it, operation.</summary>
    public static IEnumerable<(string Service, string Protocol, string Operation)> Cases =>
        from service in s_services
        from protocol in service.Protocols
        from action in ServiceCodec.For(service.Service)!.Actions.Order(StringComparer.Ordinal)
        select (service.Service, protocol, action);

    /// <summary>What botocore says to a case; the script tells the members.</summary>
    public static async Task<JsonObject> AnswerAsync(string service, string protocol, string operation) => (await s_answers.Value)[(service, protocol, operation)];

    public static ServiceCodec Codec(string service, string protocol) => ServiceCodec.For(service, protocol switch
    {
        "query" => null,
        "json" => "json",
        _ => "cbor",
    })!;

    public static AmazonWebServiceRequest Request(string service, string operation) =>
        (AmazonWebServiceRequest)Filled(Clients.Operation(service, operation).GetParameters()[0].ParameterType);

    public static AmazonWebServiceResponse Response(string service, string operation) =>
        (AmazonWebServiceResponse)Filled(Clients.Operation(service, operation).ReturnType.GetGenericArguments()[0]);

    private static object Filled(Type type) => new Filler(1).Fill(Activator.CreateInstance(type)!);

    private static async Task<IReadOnlyDictionary<(string, string, string), JsonObject>> AskAsync()
    {
        using var script = new StreamReader(typeof(Botocore).Assembly.GetManifestResourceStream("BotocorePeer.py")!);
        var answers = (await Python.RunAsync(await script.ReadToEndAsync(), string.Join('\n', Cases.Select(Line)))).Split('\n');
        return Cases.Zip(answers, (each, answer) => KeyValuePair.Create(each, JsonNode.Parse(answer)!.AsObject())).ToDictionary();
    }

    private static string Line((string Service, string Protocol, string Operation) each)
    {
        var response = Response(each.Service, each.Operation);
        return new JsonObject
        {
            ["service"] = s_services.Single(service => service.Service == each.Service).Name,
            ["protocol"] = each.Protocol,
            ["operation"] = each.Operation,
            ["request"] = Described.Tree(Request(each.Service, each.Operation)),
            ["response"] = Described.Tree(response),
            ["encoded"] = Convert.ToHexString(Codec(each.Service, each.Protocol).Encode(each.Operation, response, "id-1")),
        }.ToJsonString(JsonSerializerOptions.Default);
    }
}
