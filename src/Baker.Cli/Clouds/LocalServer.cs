using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Baker.Cloud.Host;
using Baker.Core;
using Baker.Core.Planning;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Serving;
using Baker.LocalCloud.Signing;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Clouds;

/// <summary>The <c>local:serve</c> that has a project's local cloud open, as it says in <c>.package/serve.json</c>.</summary>
/// <param name="Started">When its process began: another one may have its number by now.</param>
/// <param name="Key">What it takes requests from.</param>
internal sealed record LocalServer(Uri Url, int ProcessId, DateTimeOffset Started, AccessKey Key, TimeProvider Time)
{
    /// <summary>How far two readings of one process's beginning may be apart.</summary>
    private static readonly TimeSpan s_apart = TimeSpan.FromSeconds(2);

    /// <summary>How long it may take to say who it is.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private const int NonceBytes = 16;
    private const int LongestProof = 256;

    /// <summary>Where <c>local:serve</c> listens if nothing else is said.</summary>
    public const int DefaultPort = 4571;

    /// <summary>What a shell exports so that the AWS CLI, SDKs and tools reach it.</summary>
    public string Exports => $"export AWS_ENDPOINT_URL={Url.ToString().TrimEnd('/')} AWS_ACCESS_KEY_ID={Key.Id} "
        + $"AWS_SECRET_ACCESS_KEY={Key.Secret} AWS_DEFAULT_REGION=us-east-1; unset AWS_SESSION_TOKEN";

    /// <summary>The same for a program.</summary>
    public JObject ToJson() => new()
    {
        ["url"] = Url.ToString().TrimEnd('/'),
        ["access_key_id"] = Key.Id,
        ["secret_access_key"] = Key.Secret,
        ["region"] = "us-east-1",
    };

    /// <summary>This process, as one that serves.</summary>
    public static LocalServer At(Uri url, AccessKey key, TimeProvider time)
    {
        using var process = Process.GetCurrentProcess();
        return new LocalServer(url, process.Id, process.StartTime.ToUniversalTime(), key, time);
    }

    /// <summary>
    /// Null where no server says so, or the one that did is dead, or what answers in its place does not have the cloud's key: what it
    /// said is removed then.
    /// </summary>
    /// <exception cref="BakerException">It lives, and does not answer.</exception>
    public static async Task<LocalServer?> FindAsync(string stateFolder, TimeProvider time, CancellationToken stop)
    {
        if (Said(stateFolder) is not { } said)
        {
            return null;
        }

        if (Read(said, stateFolder, time) is { } server && await server.ProvesItselfAsync(stop).ConfigureAwait(false))
        {
            return server;
        }

        // Unless another one has said something meanwhile.
        if (Said(stateFolder) == said)
        {
            Remove(stateFolder);
        }

        return null;
    }

    /// <summary>For its own addresses: loopback never goes through a proxy.</summary>
    public HttpClient Client() => new(new SigningHandler(Key, Time, new SocketsHttpHandler { UseProxy = false }));

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

    private static string? Said(string stateFolder)
    {
        try
        {
            return File.ReadAllText(PathIn(stateFolder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static LocalServer? Read(string said, string stateFolder, TimeProvider time)
    {
        try
        {
            var text = RecordJson.Parse(said);
            using var process = Process.GetProcessById((int)text["process"]!);
            var started = DateTimeOffset.FromUnixTimeMilliseconds((long)text["started"]!);
            var isTheOne = !ProcessState.IsZombie(process.Id) && (process.StartTime.ToUniversalTime() - started).Duration() < s_apart;
            return isTheOne
                && new Uri((string)text["url"]!) is { IsLoopback: true, Scheme: "http" } url
                && AccessKey.Find(stateFolder) is { } key ? new LocalServer(url, process.Id, started, key, time) : null;
        }
        catch (Exception error) when (error is JsonException or FormatException
            or ArgumentException or InvalidOperationException or InvalidCastException or OverflowException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Whether what listens there has the cloud's key; who has not gets nothing that is signed.</summary>
    private async Task<bool> ProvesItselfAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, Time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            MaxResponseContentBufferSize = LongestProof,
        };
        var path = "/_baker/proof/" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes));
        try
        {
            using var answer = await client.GetAsync(new Uri(Url, path), until.Token).ConfigureAwait(false);
            var proof = await answer.Content.ReadAsByteArrayAsync(until.Token).ConfigureAwait(false);
            return CryptographicOperations.FixedTimeEquals(proof.AsSpan().TrimEnd((byte)'\n'), Encoding.ASCII.GetBytes(Key.Prove(path)));
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.InvalidResponse
            || error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return false;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"The local:serve at {Url} does not answer: {error.Message}",
                $"End process {ProcessId}, or wait for it.",
                error);
        }
    }

    private static string PathIn(string stateFolder) => Path.Combine(stateFolder, "serve.json");
}
