using System.Net;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>
/// The generated clients and the local cloud's codecs against AWS's own model, read by botocore: both write and read, every
/// operation, every member, every protocol.
/// </summary>
internal sealed class BotocoreTests
{
    private static IEnumerable<TestCaseData> Codecs() =>
        Botocore.Cases.Select(each => new TestCaseData(each.Service, each.Protocol, each.Operation).SetArgDisplayNames(each.Service, each.Protocol, each.Operation));

    private static IEnumerable<TestCaseData> ClientCalls() =>
        Botocore.Cases.Where(each => each.Protocol == "query").Select(each => new TestCaseData(each.Service, each.Operation).SetArgDisplayNames(each.Service, each.Operation));

    [TestCaseSource(nameof(Codecs))]
    public async Task Request_WrittenByBotocore_IsReadAsItWasMeant(string service, string protocol, string operation)
    {
        var botocore = await Botocore.AnswerAsync(service, protocol, operation);

        var request = Botocore.Codec(service, protocol).Decode(operation, Convert.FromHexString((string)botocore["requestBody"]!))!;

        Assert.That(Described.Of(request), Is.EqualTo((string)botocore["requestText"]!));
    }

    [TestCaseSource(nameof(Codecs))]
    public async Task Response_ForBotocore_IsReadAsItWasMeant(string service, string protocol, string operation)
    {
        var botocore = await Botocore.AnswerAsync(service, protocol, operation);

        Assert.Multiple(() =>
        {
            Assert.That((string)botocore["responseText"]!, Is.EqualTo(Described.Of(Botocore.Response(service, operation))));
            Assert.That(botocore["responseLacks"]!.AsArray(), Is.Empty);
        });
    }

    [TestCaseSource(nameof(ClientCalls))]
    public async Task Request_OfOurClient_IsWhatBotocoreWouldSend(string service, string operation)
    {
        var botocore = await Botocore.AnswerAsync(service, "query", operation);
        using var server = new CodecServer(service) { Response = Botocore.Response(service, operation) };
        using var client = Clients.Make(service, "http://127.0.0.1:1", server);

        await Clients.CallAsync(client, Clients.Operation(service, operation), Botocore.Request(service, operation));

        Assert.That(
            server.Body!.Split('&').Select(WebUtility.UrlDecode).Order(StringComparer.Ordinal),
            Is.EqualTo(botocore["parameters"]!.AsObject().Select(each => $"{each.Key}={each.Value}").Order(StringComparer.Ordinal)));
    }

    [TestCaseSource(nameof(ClientCalls))]
    public async Task Response_WrittenByMoto_IsReadByOurClient(string service, string operation)
    {
        var botocore = await Botocore.AnswerAsync(service, "query", operation);
        if (botocore["answer"] is null)
        {
            Peers.Missing("moto is not installed");
        }

        using var server = new FixedServer(Convert.FromHexString((string)botocore["answer"]!));
        using var client = Clients.Make(service, "http://127.0.0.1:1", server);

        var response = await Clients.CallAsync(client, Clients.Operation(service, operation), Botocore.Request(service, operation));

        Assert.That(Described.Of(response), Is.EqualTo(Described.Of(Botocore.Response(service, operation))));
    }

    private sealed class FixedServer(byte[] answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new ByteArrayContent(answer) });
    }
}
