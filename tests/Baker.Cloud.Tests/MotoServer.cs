using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests;

/// <summary>One moto server for all tests that want a cloud nobody here wrote, started by the first of them; each begins with an empty one.</summary>
[SetUpFixture]
internal sealed class MotoServer
{
    private static Process? s_process;
    private static Uri? s_url;

    /// <summary>A session with an empty moto; the test is skipped where there is none, and fails where peers are required.</summary>
    public static async Task<CloudSession> OpenAsync()
    {
        s_url ??= await StartAsync();
        using var http = new HttpClient();
        (await http.PostAsync(new Uri(s_url, "moto-api/reset"), null)).EnsureSuccessStatusCode();
        var connection = new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("test", "test"), ServiceUrl = s_url };
        return new CloudSession(connection, Timings.None(), TimeProvider.System);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        if (s_process is { HasExited: false })
        {
            s_process.Kill(entireProcessTree: true);
            s_process.WaitForExit();
        }

        s_process?.Dispose();
    }

    private static async Task<Uri> StartAsync()
    {
        var port = FreePort();
        var start = new ProcessStartInfo("moto_server", ["-H", "127.0.0.1", "-p", $"{port}"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            s_process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Missing("moto_server is not on the PATH");
        }

        s_process!.OutputDataReceived += static (_, _) => { };
        s_process.ErrorDataReceived += static (_, _) => { };
        s_process.BeginOutputReadLine();
        s_process.BeginErrorReadLine();
        var url = new Uri($"http://127.0.0.1:{port}/");
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                await http.GetAsync(new Uri(url, "moto-api/"));
                return url;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }
        }

        Missing("moto_server did not answer within 30 s");
        return url;
    }

    private static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("BAKER_REQUIRE_PEERS") == "1")
        {
            Assert.Fail($"{reason}, and BAKER_REQUIRE_PEERS is set");
        }

        Assert.Ignore(reason);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
