using System.Diagnostics;
using Baker.Core;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Serving;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Clouds;

/// <summary>The <c>local:serve</c> that has a project's local cloud open, as it says in <c>.package/serve.json</c>.</summary>
internal sealed record LocalServer(Uri Url, int ProcessId)
{
    /// <summary>Where <c>local:serve</c> listens if nothing else is said.</summary>
    public const int DefaultPort = 4571;

    /// <summary>Null where no server says so, or the one that did is dead.</summary>
    public static LocalServer? Find(string stateFolder)
    {
        try
        {
            var text = JObject.Parse(File.ReadAllText(PathIn(stateFolder)));
            var server = new LocalServer(new Uri((string)text["url"]!), (int)text["process"]!);
            using var process = Process.GetProcessById(server.ProcessId);
            return server;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException
            or ArgumentException or UriFormatException or InvalidOperationException)
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
            new JObject { ["url"] = Url.ToString(), ["process"] = ProcessId }.ToString(Formatting.None) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }

    public static void Remove(string stateFolder) => File.Delete(PathIn(stateFolder));

    private static string PathIn(string stateFolder) => Path.Combine(stateFolder, "serve.json");
}
