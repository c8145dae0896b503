using System.Diagnostics;

namespace Baker.Testing;

/// <summary>One moto server for all tests of an assembly, started by the first that asks for it.</summary>
internal static class MotoServer
{
    private static readonly Lazy<Task<Uri>> s_url = new(StartAsync);
    private static Process? s_process;

    /// <summary>Where it listens; the test is skipped where there is no moto, and fails where peers are required.</summary>
    public static Task<Uri> UrlAsync() => s_url.Value;

    public static void Stop()
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
        var url = new Uri($"http://127.0.0.1:{Ports.Next()}/");
        var start = new ProcessStartInfo("moto_server", ["-H", url.Host, "-p", $"{url.Port}"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            s_process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Peers.Missing("moto_server is not on the PATH");
        }

        s_process!.OutputDataReceived += static (_, _) => { };
        s_process.ErrorDataReceived += static (_, _) => { };
        s_process.BeginOutputReadLine();
        s_process.BeginErrorReadLine();
        using var http = new HttpClient();
        await Wait.UntilAsync(() => AnswersAsync(http, new Uri(url, "moto-api/")), "moto_server to answer");
        return url;
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri url)
    {
        try
        {
            using var reply = await http.GetAsync(url);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
