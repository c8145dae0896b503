using System.Text;
using Baker.Core.Configuration;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Discovery;

/// <summary>What the nodes of a group are told of the services that they provide and need.</summary>
public static class NodeServices
{
    private static readonly (string Member, string Attribute)[] s_attributes =
    [
        ("reload", "services_reload"),
        ("converge", "services_converge"),
        ("drain", "drain"),
        ("needs", "needs"),
        ("provides", "provides"),
    ];

    /// <summary>Whether they announce and look up by themselves: they need a role for that, and the program.</summary>
    public static bool TakesPart(NodeGroup group) => group.Config is not null && (!group.Provides.IsEmpty || !group.Needs.IsEmpty);

    /// <summary>Whether they can have taken part before: what they are told of services goes with the last of these.</summary>
    public static bool MayHaveLeft(NodeGroup group) => group.Config is not null && !TakesPart(group);

    public static string Text(NodeGroup group) => Told(group).ToString(Formatting.None);

    /// <summary>How many bytes the text has where no parameter can hold it, and which attribute of the group most of them are of.</summary>
    public static (int Bytes, string Attribute)? Excess(NodeGroup group)
    {
        var told = Told(group);
        return Encoding.UTF8.GetByteCount(told.ToString(Formatting.None)) is > Variable.LargestValue and var bytes
            ? (bytes, s_attributes.MaxBy(each => told[each.Member]?.ToString(Formatting.None).Length ?? 0).Attribute)
            : null;
    }

    private static JObject Told(NodeGroup group)
    {
        var json = new JObject
        {
            ["group"] = group.Name.ToString(),
            ["environment"] = group.Environment?.ToString(),
            ["provides"] = new JObject(group.Provides.Select(service => new JProperty(
                service.Name,
                new JObject { ["port"] = service.Port, ["check"] = service.Check }))),
            ["needs"] = new JObject(group.Needs.Select(need => new JProperty(need.Name, new JObject { ["optional"] = need.IsOptional }))),
            ["catalog"] = group.Services.Catalog.Etcd is { } etcd ? Etcd(etcd, group.Services.CatalogUser) : new JObject { ["ssm"] = true },
        };
        var settings = group.Services;
        if (settings.Catalog.Attribute is { } attribute)
        {
            json["attribute"] = attribute;
        }

        if (settings.Catalog.Settle is { } settle)
        {
            json["settle"] = (long)settle.TotalSeconds;
        }

        if (!settings.Reload.IsEmpty)
        {
            json["reload"] = new JArray(settings.Reload.AsEnumerable());
        }

        if (settings.Converge is { } converge)
        {
            json["converge"] = converge;
        }

        if (settings.Drain is { } drain)
        {
            json["drain"] = new JObject { ["script"] = drain.Script, ["timeout"] = (long)drain.Timeout.TotalSeconds };
        }

        if (settings.Hook is { } hook)
        {
            json["hook"] = hook;
            json["beat"] = Math.Max(5, (long)settings.HookTimeout.TotalSeconds / 3);
        }

        return json;
    }

    /// <summary>How nodes reach it: files count where their path is whole, for the project's are not on nodes.</summary>
    private static JObject Etcd(EtcdSettings etcd, string? ownUser)
    {
        var json = new JObject { ["etcd"] = new JArray(etcd.Endpoints.Select(each => each.Text)) };
        foreach (var (name, file) in new[] { ("ca", etcd.CaFile), ("certificate", etcd.CertificateFile), ("key", etcd.KeyFile) })
        {
            if (file is { } there && there.Text.StartsWith('/'))
            {
                json[name] = there.Text;
            }
        }

        if (etcd.User is { } user)
        {
            json["user"] = ownUser ?? user.Text;
            json["password_env"] = etcd.PasswordVariable.Text;
        }

        return json;
    }
}
