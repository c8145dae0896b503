using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Baker.Sdk.Tests.Interop;

/// <summary>A moto server of the tests' own, on a free loopback port, ended with them.</summary>
[SetUpFixture]
internal sealed class MotoServer
{
    private static Process? s_process;
    private static string? s_missing;

    /// <summary>The server's URL; the test is skipped where there is no moto, and fails where peers are required.</summary>
    public static string Url { get => s_missing is null ? field : Missing(); private set; } = "";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var port = FreePort();
        var start = new ProcessStartInfo("moto_server") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "-H", "127.0.0.1", "-p", $"{port}" })
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            s_process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            s_missing = "moto_server is not on the PATH";
            return;
        }

        s_process.OutputDataReceived += static (_, _) => { };
        s_process.ErrorDataReceived += static (_, _) => { };
        s_process.BeginOutputReadLine();
        s_process.BeginErrorReadLine();
        Url = $"http://127.0.0.1:{port}";
        await UntilItAnswersAsync();
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

    private static async Task UntilItAnswersAsync()
    {
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                await http.GetAsync(new Uri($"{Url}/moto-api/"));
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }
        }

        s_missing = "moto_server did not answer within 30 s";
    }

    private static string Missing()
    {
        Peers.Missing(s_missing!);
        return "";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
