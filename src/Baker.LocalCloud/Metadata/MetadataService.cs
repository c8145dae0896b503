using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Signing;

namespace Baker.LocalCloud.Metadata;

/// <summary>
/// The instance metadata service, version 2, and 1 where an instance still allows it: each instance is told of itself, and nobody else is
/// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
/// </summary>
internal sealed class MetadataService(CloudContext cloud, ComputeModel compute)
{
    private const string TokenPath = "api/token";
    private const string TokenHeader = "X-aws-ec2-metadata-token";
    private const string LifeHeader = "X-aws-ec2-metadata-token-ttl-seconds";
    private const int LongestLife = 21600;

    private static readonly TimeSpan s_session = TimeSpan.FromHours(6);
    private static readonly TimeSpan s_renewal = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, (string Role, TemporaryKey Key)> _sessions = new(StringComparer.Ordinal);

    /// <summary>Whether a request is for this service: its paths begin with a version, and it knows no signature.</summary>
    public static bool IsFor(CloudRequest request) => PathOf(request) is not null && CredentialScope.Of(request) is null;

    /// <param name="request">The request.</param>
    /// <param name="client">Where its connection comes from.</param>
    /// <param name="server">Where it was taken.</param>
    public CloudResponse Answer(CloudRequest request, IPEndPoint client, IPEndPoint server)
    {
        var inits = cloud.Report(() => compute.Tables.Instances.All
            .Where(instance => instance is { Executes: true, State: not ("terminated" or "stopped") }) // also as it shuts down
            .Select(instance => (instance.Id, Process: instance.Sandbox ?? cloud.Sandboxes?.Adopt(instance.Id)))
            .Where(pair => pair.Process is not null)
            .ToDictionary(pair => pair.Process!.ProcessId, pair => pair.Id));
        return ConnectionOwner.Find(client, server, inits) is { } id
            && cloud.Report(() => compute.Tables.Instances.Find(id)) is { } instance
            ? Answer(instance, request)
            : Text(403, "The metadata service answers the processes of instances alone.\n");
    }

    private CloudResponse Answer(InstanceRecord instance, CloudRequest request)
    {
        var path = PathOf(request)!;
        var now = cloud.Now;
        if (instance.HttpEndpoint == "disabled" || request["X-Forwarded-For"] is not null)
        {
            return Text(403, "");
        }

        if (path == TokenPath)
        {
            return request.Method != "PUT" ? Text(405, "")
                : int.TryParse(request[LifeHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var life)
                    && life is > 0 and <= LongestLife
                    ? Text(
                        200,
                        Token(instance.Id, now.AddSeconds(life)),
                        KeyValuePair.Create(LifeHeader, life.ToString(CultureInfo.InvariantCulture)))
                : Text(400, "");
        }

        if (request.Method is not ("GET" or "HEAD"))
        {
            return Text(405, "");
        }

        if (request[TokenHeader] is { } token ? !IsGood(token, instance.Id, now) : instance.HttpTokens == "required")
        {
            return Text(401, "");
        }

        var groups = cloud.Report(() => instance.SecurityGroupIds
            .Select(id => compute.Tables.SecurityGroups.Find(id)?.Name)
            .OfType<string>()
            .ToList());
        var role = instance.Profile is not { } profile ? null
            : instance.ProfileId is null ? MetadataTree.RoleOf(profile)
            : cloud.Report(() => compute.Launcher.FindProfile(profile)?.Role);
        var session = role is null ? null : Session(instance.Id, role, now);
        var target = cloud.Report(() => compute.TargetStateOf(instance.Id));
        var tree = MetadataTree.Of(instance, groups, role, session, (session?.Ends ?? now) - s_session, target);
        return MetadataTree.Look(tree, path) is { } value
            ? new CloudResponse(200, request.Method == "HEAD" ? [] : value) { Headers = HeadersOf("text/plain") }
            : Text(404, "");
    }

    /// <summary>The rest of a path after its version; null where it has none.</summary>
    private static string? PathOf(CloudRequest request) =>
        request.Path.Split('/', 3) is ["", var version, .. var rest]
        && (version == "latest" || DateOnly.TryParseExact(version, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            ? Uri.UnescapeDataString(rest.FirstOrDefault() ?? "")
            : null;

    /// <summary>The session of an instance's role, renewed well before it ends.</summary>
    private TemporaryKey Session(string id, string role, DateTimeOffset now)
    {
        if (_sessions.TryGetValue(id, out var session) && session.Role == role && now < session.Key.Ends - s_renewal)
        {
            return session.Key;
        }

        var key = TemporaryKey.Make(cloud.Key, now + s_session, Identifiers.AccountId, $"{role}/{id}");
        _sessions[id] = (role, key);
        return key;
    }

    private string Token(string instanceId, DateTimeOffset ends)
    {
        var until = ends.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{until}-{Convert.ToHexStringLower(cloud.Key.Derive("metadata token", Encoding.UTF8.GetBytes($"{instanceId} {until}")))}";
    }

    private bool IsGood(string token, string instanceId, DateTimeOffset now) =>
        long.TryParse(token.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        && DateTimeOffset.FromUnixTimeSeconds(seconds) is var ends
        && now < ends
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Token(instanceId, ends)), Encoding.UTF8.GetBytes(token));

    private CloudResponse Text(int status, string text, params KeyValuePair<string, string>[] headers) =>
        new(status, Encoding.UTF8.GetBytes(text)) { Headers = [.. HeadersOf("text/plain"), .. headers] };

    private List<KeyValuePair<string, string>> HeadersOf(string type) =>
        [new("Content-Type", type), new("Date", cloud.Now.ToString("R", CultureInfo.InvariantCulture))];
}
