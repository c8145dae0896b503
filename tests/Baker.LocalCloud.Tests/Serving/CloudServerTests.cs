using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.Tests.Serving;

public sealed class CloudServerTests
{
    [Test]
    public async Task Request_Signed_ReachesTheCloudAsItWasSent()
    {
        CloudRequest? seen = null;
        await using var server = Serve(request =>
        {
            seen = request;
            return CloudResponse.Text(200, "text/plain", "answer");
        });

        var answer = await SayAsync(server, "POST /bucket/a%2Fb//%C3%A4?x=%20y HTTP/1.1\r\nHost: localhost\r\nX-Meta: \u00e4\r\nX-Many: 1\r\nX-Many: 2\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");

        Assert.That((seen!.Method, seen.Path, seen.Query, seen["x-meta"], seen["X-Many"], Encoding.UTF8.GetString(seen.Body)), Is.EqualTo(("POST", "/bucket/a%2Fb//%C3%A4", "x=%20y", "\u00e4", "1,2", "body")));
        Assert.That(answer, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain("Content-Length: 6\r\n").And.EndWith("\r\n\r\nanswer").And.Not.Contain("Server:"));
    }

    [Test]
    public async Task Body_InChunks_IsPutTogether()
    {
        await using var server = Serve(request => new CloudResponse(200, request.Body));

        Assert.That(await SayAsync(server, "PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\none\r\n4;x=y\r\n two\r\n0\r\n\r\n"), Does.EndWith("\r\n\r\none two"));
    }

    [Test]
    public async Task Body_LargerThanAGibibyte_IsRefusedBeforeItIsRead()
    {
        await using var server = Serve(_ => throw new InvalidOperationException());

        Assert.That(await SayAsync(server, "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741825\r\n\r\n"), Does.StartWith("HTTP/1.1 413 "));
    }

    [TestCase("127.0.0.1:PORT", "")]
    [TestCase("[::1]:PORT", "")]
    [TestCase("LocalHost", "")]
    [TestCase("bucket.localhost:PORT", "")]
    [TestCase("localhost:PORT", "Origin: http://localhost:PORT")]
    [TestCase("localhost:PORT", "Sec-Fetch-Site: same-origin")]
    [TestCase("localhost:PORT", "Sec-Fetch-Site: none")]
    public async Task Request_OfATool_IsAnswered(string host, string header) =>
        Assert.That(await AskAsync(host, header), Does.StartWith("HTTP/1.1 200 "));

    [TestCase("rebound.example:PORT", "", "is not this machine's loopback")]
    [TestCase("127.0.0.1.rebound.example", "", "is not this machine's loopback")]
    [TestCase("192.168.1.2:PORT", "", "is not this machine's loopback")]
    [TestCase("localhost.:PORT", "", "is not this machine's loopback")]
    [TestCase("localhost:PORT", "Origin: http://localhost:8080", "a page of http://localhost:8080")]
    [TestCase("localhost:PORT", "Origin: https://localhost:PORT", "a page of https://localhost")]
    [TestCase("localhost:PORT", "Origin: null", "a page of null")]
    [TestCase("localhost:PORT", "Origin: http://localhost:PORT\r\nOrigin: http://evil.example", "a page of")]
    [TestCase("localhost:PORT", "Sec-Fetch-Site: same-site", "another site")]
    [TestCase("localhost:PORT", "Sec-Fetch-Site: cross-site", "another site")]
    public async Task Request_OfAPage_IsRefusedBeforeTheCloudSeesIt(string host, string header, string reason) =>
        Assert.That(await AskAsync(host, header), Does.StartWith("HTTP/1.1 403 ").And.Contain(reason).And.Not.Contain("Access-Control"));

    private static async Task<string> AskAsync(string host, string header)
    {
        await using var server = new CloudServer(
            new IPEndPoint(IPAddress.Loopback, 0),
            _ => CloudResponse.Text(200, "text/plain", "answer"),
            (_, error) => CloudResponse.Text(error.Status, "text/plain", error.Message));
        var request = $"POST / HTTP/1.1\r\nHost: {host}\r\n{header}{(header.Length > 0 ? "\r\n" : "")}Content-Type: text/plain\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
        return await SayAsync(server, request.Replace("PORT", server.Address.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [TestCase("HEAD", 200)]
    [TestCase("GET", 204)]
    [TestCase("GET", 304)]
    public async Task Answer_WithoutBody_HasNone(string method, int status)
    {
        await using var server = Serve(_ => new CloudResponse(status, status == 200 ? "text"u8.ToArray() : []));

        Assert.That(await SayAsync(server, $"{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), Does.StartWith($"HTTP/1.1 {status} ").And.EndWith("\r\n\r\n"));
    }

    [Test]
    public async Task Reply_Lost_IsNoReplyAtAll()
    {
        await using var server = Serve(_ => new CloudResponse(200, "text"u8.ToArray()) { IsLost = true });
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Address));
    }

    // So much that the server sees the end of the client's side before it has written all.
    [Test]
    public async Task Client_ThatHasClosedItsSendingSide_IsAnswered()
    {
        const int Size = 32 << 20;
        await using var server = Serve(_ => new CloudResponse(200, new byte[Size]));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);

        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer);

        Assert.That(answer.Length, Is.GreaterThan(Size), "the answer, then the end");
    }

    [Test]
    public async Task Port_Taken_IsASocketException()
    {
        await using var server = Serve(_ => new CloudResponse(200, []));

        Assert.That(() => new CloudServer(new IPEndPoint(IPAddress.Loopback, server.Address.Port), _ => new CloudResponse(200, []), Refuse), Throws.TypeOf<SocketException>());
    }

    [Test]
    public async Task Server_Ended_RefusesConnections()
    {
        var server = Serve(_ => new CloudResponse(200, []));
        using (var client = new HttpClient())
        {
            (await client.GetAsync(server.Address)).Dispose();
            await server.DisposeAsync();
        }

        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(IPAddress.Loopback, server.Address.Port));
    }

    [Test]
    public async Task Bodies_Announced_TakeNoMemoryBeforeTheyCome()
    {
        const int Clients = 400;
        await using var server = Serve(_ => new CloudResponse(200, []));
        await SayAsync(server, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var clients = new List<TcpClient>();
        for (var i = 0; i < Clients; i++)
        {
            var client = new TcpClient();
            clients.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, server.Address.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {CloudServer.LargestBody}\r\n\r\nx"));
        }

        Assert.That(await SayAsync(server, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), Does.StartWith("HTTP/1.1 200 "));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(CloudServer.LargestBody));
        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public async Task Bodies_MoreTogetherThanThereIsRoomFor_AreRefused_UntilThereIsRoom()
    {
        const int Size = 3 << 20;
        var gate = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var server = new CloudServer(
            new IPEndPoint(IPAddress.Loopback, 0),
            request =>
            {
                arrived.TrySetResult();
                gate.Task.Wait();
                return CloudResponse.Text(200, "text/plain", $"{request.Body.Length}");
            },
            Refuse,
            mostInHand: 4 << 20);
        var body = $"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Size}\r\nConnection: close\r\n\r\n{new string('x', Size)}";
        var first = SayAsync(server, body);

        await arrived.Task;
        var second = await SayAsync(server, body);
        gate.SetResult();

        Assert.That(second, Does.StartWith("HTTP/1.1 503 ").And.EndWith("refused with 503"));
        Assert.That(await first, Does.EndWith($"\r\n\r\n{Size}"));
        Assert.That(await SayAsync(server, body), Does.EndWith($"\r\n\r\n{Size}"), "there is room again");
    }

    [Test]
    public async Task Bodies_OfAnySize_ArriveWhole([Values(0, 1, 65_535, 65_536, 65_537, 1_000_000, 5_000_001)] int size, [Values] bool chunked)
    {
        await using var server = Serve(request => new CloudResponse(200, request.Body));
        using var client = new HttpClient();
        var sent = new byte[size];
        new Random(size).NextBytes(sent);
        using var request = new HttpRequestMessage(HttpMethod.Put, server.Address) { Content = new ByteArrayContent(sent) };
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await client.SendAsync(request);

        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(sent));
    }

    [TestCase("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", 400, TestName = "ChunkTooLarge")]
    [TestCase("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nx", 400, TestName = "ChunkWithoutSize")]
    [TestCase("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, TestName = "PackedChunks")]
    [TestCase("CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, TestName = "Connect")]
    [TestCase("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 405, TestName = "ConnectToAnAuthority")]
    [TestCase("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741825\r\n\r\n", 413, TestName = "BodyTooLarge")]
    public async Task Request_OutOfOrder_IsRefusedInTheWordsOfTheCloud(string request, int status)
    {
        await using var server = Serve(_ => new CloudResponse(200, []));

        Assert.That(await SayAsync(server, request), Does.StartWith($"HTTP/1.1 {status} ").And.EndWith($"refused with {status}"));
    }

    private static CloudServer Serve(Func<CloudRequest, CloudResponse> answer) => new(new IPEndPoint(IPAddress.Loopback, 0), answer, Refuse);

    private static CloudResponse Refuse(CloudRequest request, CloudException error) =>
        CloudResponse.Text(error.Status, "text/plain", $"refused with {error.Status}");

    private static async Task<string> SayAsync(CloudServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
