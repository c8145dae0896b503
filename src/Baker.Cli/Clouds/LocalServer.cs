using System.ComponentModel;
using System.Diagnostics;
using Baker.Core;
using Baker.Core.Planning;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Serving;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Clouds;

/// <summary>The <c>local:serve</c> that has a project's local cloud open, as it says in <c>.package/serve.json</c>.</summary>
/// <param name="Started">When its process began: another one may have its number by now.</param>
internal sealed record LocalServer(Uri Url, int ProcessId, DateTimeOffset Started)
{
    /// <summary>How far two readings of one process's beginning may be apart.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromSeconds(2);

    /// <summary>Where <c>local:serve</c> listens if nothing else is said.</summary>
    public const int DefaultPort = 4571;

    /// <summary>This process, as one that serves.</summary>
    public static LocalServer At(Uri url)
    {
        using var process = Process.GetCurrentProcess();
        return new LocalServer(url, process.Id, process.StartTime.ToUniversalTime());
    }

    /// <summary>Null where no server says so, or the one that did is dead.</summary>
    public static LocalServer? Find(string stateFolder)
    {
        try
        {
            var text = RecordJson.Parse(File.ReadAllText(PathIn(stateFolder)));
            var server = new LocalServer(
                new Uri((string)text["url"]!),
                (int)text["process"]!,
                DateTimeOffset.FromUnixTimeMilliseconds((long)text["started"]!));
            using var process = Process.GetProcessById(server.ProcessId);
            var isTheOne = (process.StartTime.ToUniversalTime() - server.Started).Duration() < s_apart;
            return isTheOne && server.Url is { IsLoopback: true, Scheme: "http" } ? server : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FormatException
            or ArgumentException or InvalidOperationException or InvalidCastException or OverflowException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>For its own addresses: loopback never goes through a proxy.</summary>
    public static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false });

    /// <exception cref="BakerException">It does not answer.</exception>
    public async Task<LocalCloudStatus> StatusAsync(CancellationToken stop)
    {
        using var client = Client();
        try
        {
            return LocalCloudStatus.FromJson(await client.GetStringAsync(new Uri(Url, "/_baker/status"), stop).ConfigureAwait(false));
        }
        catch (Exception error) when (error is HttpRequestException or System.Text.Json.JsonException)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The local:serve at {Url} does not answer: {error.Message}",
                $"End process {ProcessId}, or wait for it.",
                error);
        }
    }

    /// <summary>Tells it what the manifest names now, which may have been edited since it began.</summary>
    /// <exception cref="BakerException">It does not answer.</exception>
    public async Task NameAsync(NamedResources named, CancellationToken stop)
    {
        using var client = Client();
        try
        {
            using var answer = await client.PutAsync(
                new Uri(Url, "/_baker/resources"),
                new ByteArrayContent(named.ToJson()),
                stop).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
        }
        catch (HttpRequestException error)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The local:serve at {Url} does not take what the manifest names: {error.Message}",
                $"End process {ProcessId}, and start local:serve again.",
                error);
        }
    }

    public void Write(string stateFolder)
    {
        var path = PathIn(stateFolder);
        File.WriteAllText(
            path + ".new",
            new JObject
            {
                ["url"] = Url.ToString(),
                ["process"] = ProcessId,
                ["started"] = Started.ToUnixTimeMilliseconds(),
            }.ToString(Formatting.None) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }

    public static void Remove(string stateFolder) => File.Delete(PathIn(stateFolder));

    private static string PathIn(string stateFolder) => Path.Combine(stateFolder, "serve.json");
}
