using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Compute;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// The local cloud's own addresses: <c>GET /_baker/status</c>; <c>PUT /_baker/faults</c> with a fault plan as text;
/// <c>PUT /_baker/resources</c> with what a manifest names, as JSON; <c>DELETE /_baker/calls</c> sets the counts to zero;
/// <c>GET /_baker/ssh/ID</c> has the address and port of an instance's sshd. They need a signature as every request does; but
/// <c>GET /_baker/proof/WORD</c>, which shows that this cloud is the one it says, has it for everybody.
/// </summary>
internal sealed class StatusService
{
    private const string Ssh = "/_baker/ssh/";
    private const string Proof = "/_baker/proof/";

    private readonly CloudContext _cloud;
    private readonly ComputeService _compute;
    private readonly IReadOnlyList<ICountedService> _counted;
    private readonly Table<SavedCalls> _saved;

    /// <param name="counted">The services whose resources the status has, beside those of EC2.</param>
    public StatusService(CloudContext cloud, ComputeService compute, IEnumerable<ICountedService> counted)
    {
        _cloud = cloud;
        _compute = compute;
        _counted = [.. counted];
        _saved = cloud.Store.Table("calls", StatusJson.Default.SavedCalls);
        if (_saved.Find(SavedCalls.OnlyId) is { } before)
        {
            Counter.Add(before.Counts);
        }
    }

    public CallCounter Counter { get; } = new();

    public LocalCloudStatus Status()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, count) in _compute.CountResources()
            .Select(each => (each.Key, each.Value))
            .Concat(_counted.SelectMany(each => each.Count()).Where(each => each.Count > 0)))
        {
            counts[name] = count;
        }

        return new(_cloud.Options.StateFolder, _cloud.Support.Reason, _cloud.Sandboxes?.Limits, counts, Counter.Counts)
        {
            Silent = _cloud.Silent.Count == 0 ? null : new SortedDictionary<string, string>(_cloud.Silent, StringComparer.Ordinal),
        };
    }

    /// <summary>Keeps the counts for the next process; one that is killed loses those of its own.</summary>
    public void Save()
    {
        if (Counter.Counts.Count > 0)
        {
            _saved.Put(new SavedCalls(SavedCalls.OnlyId, Counter.Counts));
        }
    }

    /// <summary>Whether a request asks who this is; nothing of the cloud is told or changed.</summary>
    public static bool IsProof(CloudRequest request) =>
        request.Method == "GET" && request.Path.StartsWith(Proof, StringComparison.Ordinal);

    public CloudResponse Answer(CloudRequest request)
    {
        switch (request.Method, request.Path)
        {
            case ("GET", "/_baker/status"):
                return CloudResponse.Text(200, "application/json", (Status() with { Lock = _cloud.LockUse }).ToJson());
            case ("DELETE", "/_baker/calls"):
                Counter.Clear();
                return new CloudResponse(204, []);
            case ("PUT", "/_baker/faults"):
                try
                {
                    _cloud.Faults.Use(FaultPlan.Parse(Encoding.UTF8.GetString(request.Body)));
                    return new CloudResponse(204, []);
                }
                catch (FormatException error)
                {
                    return CloudResponse.Text(400, "text/plain", error.Message + "\n");
                }

            case ("PUT", "/_baker/resources"):
                try
                {
                    _cloud.Named = _cloud.Named.With(NamedResources.FromJson(request.Body));
                    BaseImages.Ensure(_cloud, _compute.Model.Tables);
                    return new CloudResponse(204, []);
                }
                catch (JsonException error)
                {
                    return CloudResponse.Text(400, "text/plain", error.Message + "\n");
                }

            case ("GET", var path) when path.StartsWith(Ssh, StringComparison.Ordinal):
                return _compute.Ssh(path[Ssh.Length..]) switch
                {
                    null => CloudResponse.Text(503, "text/plain", "it has not booted yet\n"),
                    { Reason: { } reason } => CloudResponse.Text(404, "text/plain", reason + "\n"),
                    { Server: var server } => CloudResponse.Text(200, "text/plain", server + "\n"),
                };

            default:
                return CloudResponse.Text(
                    404,
                    "text/plain",
                    "GET /_baker/status, GET /_baker/ssh/ID, GET /_baker/proof/WORD, PUT /_baker/faults, "
                        + "PUT /_baker/resources, DELETE /_baker/calls\n");
        }
    }
}

/// <summary>The counts of calls as they are kept between processes.</summary>
internal sealed record SavedCalls(string Id, IReadOnlyDictionary<string, CallCount> Counts) : IResource
{
    public const string OnlyId = "all";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(LocalCloudStatus))]
[JsonSerializable(typeof(SavedCalls))]
internal sealed partial class StatusJson : JsonSerializerContext;
