using System.Collections.Immutable;
using System.Text;
using Baker.Cloud.Etcd;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Discovery;

/// <summary>
/// The catalogue among etcd's keys, one an entry, named as SSM's parameters are. An entry of a node's is bound to a lease that the
/// node renews, so that it goes when the node does; who changes an entry for the node leaves its lease as it is.
/// </summary>
/// <param name="etcd">Opened when it is first asked.</param>
/// <param name="environment">Whose catalogue it is; null: that of what is in none.</param>
/// <param name="say">Told what is passed over.</param>
public sealed class EtcdCatalog(Lazy<EtcdClient> etcd, EnvironmentName? environment, Action<string> say) : IServiceCatalog
{
    private const int MostPerPage = 1000;
    private const int MostTries = 10;

    private readonly CatalogPath _path = new(environment);

    /// <summary>How long an entry that is announced lives if it is not announced again; null: until it is removed.</summary>
    public TimeSpan? Lifetime { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Which entries are of the Region at hand: etcd's are of all.</summary>
    public Func<ServiceEntry, bool> IsHere { get; init; } = _ => true;

    public async Task<bool> AnnounceAsync(ServiceEntry entry, CancellationToken stop)
    {
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            var before = await FindAsync(entry.Service, entry.Instance, stop).ConfigureAwait(false);
            var lease = await RenewedAsync(before, stop).ConfigureAwait(false);
            if (before?.Entry is { } old && entry.IsSameAs(old) && lease == before?.Lease)
            {
                return false;
            }

            if (await PutAsync(entry, before, lease, stop).ConfigureAwait(false))
            {
                return true;
            }
        }

        throw Contended(entry.Service, entry.Instance);
    }

    public async Task<bool> WithdrawAsync(ServiceName service, string instance, CancellationToken stop)
    {
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            var before = await FindAsync(service, instance, stop).ConfigureAwait(false);
            if (before is null or { Entry.State: ServiceState.Leaving })
            {
                return false;
            }

            var done = before.Entry is { } entry
                ? await PutAsync(entry.Turned(ServiceState.Leaving, Time.GetUtcNow()), before, before.Lease, stop).ConfigureAwait(false)
                : await RemoveAsync(service, instance, stop).ConfigureAwait(false); // nobody can have read it
            if (done)
            {
                return true;
            }
        }

        throw Contended(service, instance);
    }

    public async Task<bool> RemoveAsync(ServiceName service, string instance, CancellationToken stop)
    {
        var key = _path.Entry(service, instance);
        var request = new JObject { ["key"] = Encoded(key) };
        var reply = await etcd.Value.SendAsync("kv/deleterange", request, $"remove {key}", stop).ConfigureAwait(false);
        return ((long?)reply["deleted"] ?? 0) > 0;
    }

    public async Task<ImmutableArray<ServiceEntry>> ReadAsync(ServiceName? service, CancellationToken stop)
    {
        var prefix = (service is { } one ? _path.Of(one) : _path.Root) + "/";
        var request = new JObject { ["key"] = Encoded(prefix), ["range_end"] = Encoded(After(prefix)), ["limit"] = MostPerPage };
        var (entries, others) = (new List<ServiceEntry>(), new List<string>());
        while (true)
        {
            var page = await etcd.Value.SendAsync("kv/range", request, $"read {prefix}", stop).ConfigureAwait(false);
            var found = page["kvs"] as JArray ?? [];
            foreach (var (key, value) in found.Select(pair => (Decoded(pair["key"]), Decoded(pair["value"]))))
            {
                if (_path.Read(key, value) is not { } entry)
                {
                    others.Add(key);
                }
                else if (IsHere(entry))
                {
                    entries.Add(entry);
                }
            }

            if ((bool?)page["more"] != true || found.Count == 0)
            {
                if (others.Count > 0)
                {
                    say(CatalogPath.PassedOver(others, "etcdctl del"));
                }

                return ServiceEntry.Sorted(entries);
            }

            // All pages are of one moment.
            request["key"] = Encoded(Decoded(found[^1]?["key"]) + "\0");
            request["revision"] ??= page["header"]?["revision"];
        }
    }

    public async Task<CatalogVersion> VersionAsync(CancellationToken stop)
    {
        var prefix = _path.Root + "/";
        var request = new JObject
        {
            ["key"] = Encoded(prefix),
            ["range_end"] = Encoded(After(prefix)),
            ["limit"] = 1,
            ["keys_only"] = true,
        };
        var reply = await etcd.Value.SendAsync("kv/range", request, $"read {prefix}", stop).ConfigureAwait(false);
        return new CatalogVersion((long?)reply["header"]?["revision"] ?? 0, Last: null);
    }

    private async Task<Found?> FindAsync(ServiceName service, string instance, CancellationToken stop)
    {
        var key = _path.Entry(service, instance);
        var request = new JObject { ["key"] = Encoded(key) };
        var reply = await etcd.Value.SendAsync("kv/range", request, $"read {key}", stop).ConfigureAwait(false);
        return reply["kvs"] is JArray { Count: > 0 } found
            ? new Found(
                _path.Read(key, Decoded(found[0]["value"])),
                (long?)found[0]["mod_revision"] ?? 0,
                (long?)found[0]["lease"] ?? 0)
            : null;
    }

    /// <summary>The lease that the entry is to have: what it has, if that lives on, or a new one; 0: none.</summary>
    private async Task<long> RenewedAsync(Found? before, CancellationToken stop)
    {
        if (Lifetime is not { } lifetime)
        {
            return before?.Lease ?? 0;
        }

        if (before is { Lease: not 0 })
        {
            var renewal = new JObject { ["ID"] = before.Lease };
            var renewed = await etcd.Value.TrySendAsync("lease/keepalive", renewal, "renew a lease", stop).ConfigureAwait(false);
            if (((long?)renewed?["result"]?["TTL"] ?? 0) > 0)
            {
                return before.Lease;
            }
        }

        var request = new JObject { ["TTL"] = (long)Math.Ceiling(lifetime.TotalSeconds) };
        var granted = await etcd.Value.SendAsync("lease/grant", request, "grant a lease", stop).ConfigureAwait(false);
        return (long?)granted["ID"] ?? 0;
    }

    /// <returns>Whether the entry was still as it was seen before, and is now as it should be.</returns>
    private async Task<bool> PutAsync(ServiceEntry entry, Found? before, long lease, CancellationToken stop)
    {
        var key = _path.Entry(entry.Service, entry.Instance);
        var put = new JObject { ["key"] = Encoded(key), ["value"] = Encoded(entry.ToText()), ["lease"] = lease };
        var request = new JObject
        {
            ["compare"] = new JArray(new JObject
            {
                ["key"] = Encoded(key),
                ["target"] = "MOD",
                ["mod_revision"] = before?.Revision ?? 0,
            }),
            ["success"] = new JArray(new JObject { ["request_put"] = put }),
        };

        // There is nothing where the lease has ended since: what was bound to it has gone too, and is looked at again.
        var reply = await etcd.Value.TrySendAsync("kv/txn", request, $"write {key}", stop).ConfigureAwait(false);
        return (bool?)reply?["succeeded"] == true;
    }

    private BakerException Contended(ServiceName service, string instance) => new(
        ExitCode.CloudFailed,
        $"{_path.Entry(service, instance)} changes in etcd each time before it can be written.",
        "Somebody else announces this service of this instance: find out who, then run the command again.");

    /// <summary>What comes after all keys that begin so.</summary>
    private static string After(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decoded(JToken? value) => Encoding.UTF8.GetString(Convert.FromBase64String((string?)value ?? ""));

    private sealed record Found(ServiceEntry? Entry, long Revision, long Lease);
}
