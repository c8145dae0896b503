using System.Net;
using System.Net.Sockets;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud.Tests;

/// <summary>Clients before real sockets at whose other end no cloud is: what .NET makes of each is told as what it is, in time.</summary>
internal sealed class BrokenSocketTests
{
    [TestCase("http", "nobody", "cannot be reached")]
    [TestCase("http", "closes", "cannot be reached")]
    [TestCase("http", "resets", "cannot be reached")]
    [TestCase("http", "is silent", "did not answer in time")]
    [TestCase("http", "is silent in the middle", "did not answer in time")]
    [TestCase("http", "breaks off", "cannot be")]
    [TestCase("http", "says nonsense", "cannot be reached")]
    [TestCase("http", "is another's", "cannot be read")]
    [TestCase("https", "says nonsense", "cannot be reached")]
    [TestCase("https", "closes", "cannot be reached")]
    [TestCase("https", "is silent", "did not answer in time")]
    public async Task Send_ToASocketThat_EndsWithThreeInTime(string scheme, string which, string words)
    {
        var time = new HurriedTime(which.StartsWith("is silent", StringComparison.Ordinal) ? 60 : 4); // the others answer in time on a busy machine too
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = new Uri($"{scheme}://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        using var end = new CancellationTokenSource();
        if (which == "nobody")
        {
            listener.Stop();
        }

        var serving = which == "nobody" ? Task.CompletedTask : ServeAsync(listener, which, end.Token);
        using var clients = new CloudClients(new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("a", "b"), ServiceUrl = url }, "us-east-1");
        foreach (var call in new Func<Pacer, Task>[]
        {
            pacer => pacer.SendAsync(clients.EC2.DescribeImagesAsync, new DescribeImagesRequest(), default),
            pacer => pacer.SendAsync(clients.SSM.GetParameterAsync, new GetParameterRequest { Name = "a" }, default),
        })
        {
            var began = time.GetUtcNow();

            var error = await Assert.ThrowsAsync<BakerException>(() => call(new Pacer(time)));

            Assert.That((error!.Code, error.Message), Is.EqualTo((ExitCode.CloudFailed, error.Message)));
            Assert.That(error.Message, Does.Contain(words));
            Assert.That(time.GetUtcNow() - began, Is.LessThan(TimeSpan.FromMinutes(3)));
        }

        await end.CancelAsync();
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, string which, CancellationToken end)
    {
        var open = new List<Socket>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(end);
                open.Add(socket);
                if (which == "is silent")
                {
                    continue;
                }

                await socket.ReceiveAsync(new byte[65536], end);
                var answer = which switch
                {
                    "is silent in the middle" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Desc",
                    "breaks off" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Desc",
                    "says nonsense" => "220 mail.example.org ESMTP\r\n",
                    "is another's" => "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
                    _ => "",
                };
                await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(answer), end);
                if (which == "is silent in the middle")
                {
                    continue;
                }

                socket.LingerState = new LingerOption(which == "resets", 0);
                socket.Close();
            }
        }
        catch (OperationCanceledException)
        {
            open.ForEach(socket => socket.Dispose());
        }
    }
}
