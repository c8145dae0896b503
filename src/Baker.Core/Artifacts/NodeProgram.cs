using System.Collections.Immutable;
using System.Text;
using Baker.Core.Configuration;
using Baker.Core.Discovery;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Artifacts;

/// <summary>
/// <c>baker-node</c>, what it is told of its group, the unit that runs it when an instance boots, and what puts all of them in their
/// places.
/// </summary>
public static class NodeProgram
{
    /// <summary>The script of a payload that installs it.</summary>
    public const string Install = "node/install";

    /// <summary>Has a node take its configuration, and restart what reads it.</summary>
    public const string Fetch = "/usr/local/bin/baker-node config --reload";

    /// <summary>Has a node look up the services that it needs; what it knows is kept where they cannot be had.</summary>
    public const string Collect = "sh -c '/usr/local/bin/baker-node collect || [ $? = 3 ]'";

    /// <summary>The same, and puts them into what Chef starts from, in the payload's folder.</summary>
    public const string CollectForChef = "sh -c '/usr/local/bin/baker-node collect --dna \"$PWD/dna.json\" || [ $? = 3 ]'";

    /// <summary>Has a node tell others of the services that it provides, once they answer.</summary>
    public const string Notify = "/usr/local/bin/baker-node notify";

    /// <summary>The unit, whose name begins as those of later ones do: the local cloud's init starts <c>baker-*.service</c>.</summary>
    private const string Unit = """
        [Unit]
        Description=Configuration of this node (baker-node)
        Wants=network-online.target
        After=network-online.target
        Before=cloud-final.service

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/local/bin/baker-node config --wait 60
        # 3: nothing new could be had, and what was there is kept.
        SuccessExitStatus=3
        Restart=on-failure
        RestartSec=30

        [Install]
        WantedBy=multi-user.target

        """;

    /// <summary>Waits for what the unit fetches: the agent may be there sooner.</summary>
    public const string Await = """
        tries=0
        while [ -x /usr/local/bin/baker-node ] && [ ! -e /etc/baker/env ]; do
            if [ "$tries" -ge 90 ]; then
                echo "==> baker-node has fetched no configuration for a minute and a half"
                break
            fi
            tries=$((tries + 1))
            sleep 1
        done

        """;

    /// <summary>Follows the catalogue of services, and leaves it before the node ends.</summary>
    private const string ServicesUnit = """
        [Unit]
        Description=Services of this node and of those that it needs (baker-node)
        Wants=network-online.target
        After=network-online.target baker-config.service

        [Service]
        ExecStart=/usr/local/bin/baker-node watch
        ExecStop=/usr/local/bin/baker-node decommission --at-shutdown
        TimeoutStopSec=infinity
        Restart=on-failure
        RestartSec=5

        [Install]
        WantedBy=multi-user.target

        """;

    private const string InstallScript = """
        #!/bin/sh
        set -e
        here=$(dirname "$0")
        units=/etc/systemd/system
        if ! /usr/bin/python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 9))'; then
            echo "==> baker-node needs /usr/bin/python3, 3.9 or newer"
            exit 1
        fi
        umask 022
        mkdir -p /usr/local/bin /etc/baker "$units/multi-user.target.wants"
        put() {
            cp "$here/$1" "$2.new"
            chmod "$3" "$2.new"
            mv "$2.new" "$2"
        }
        put baker-node /usr/local/bin/baker-node 755
        put node.json /etc/baker/node.json 644
        put baker-config.service "$units/baker-config.service" 644
        ln -sfn ../baker-config.service "$units/multi-user.target.wants/baker-config.service"
        if [ -f "$here/baker-services" ]; then
            put baker-services /usr/local/bin/baker-services 755
            put baker-services.service "$units/baker-services.service" 644
            ln -sfn ../baker-services.service "$units/multi-user.target.wants/baker-services.service"
        fi
        if [ -d /run/systemd/system ]; then
            systemctl daemon-reload
        fi

        """;

    /// <summary>The files of a group's payload; none where its nodes need none.</summary>
    public static ImmutableArray<PayloadFile> Files(NodeGroup group) => group.Config is null ? [] :
    [
        new("node/baker-node", Resource("baker-node")),
        .. NodeServices.TakesPart(group)
            ? [new("node/baker-services", Resource("baker-services")), Text("node/baker-services.service", ServicesUnit)]
            : (ImmutableArray<PayloadFile>)[],
        Text("node/node.json", Settings(group, group.Config)),
        Text("node/baker-config.service", Unit),
        Text(Install, InstallScript),
    ];

    private static string Settings(NodeGroup group, ConfigSettings config)
    {
        var settings = new JObject { ["group"] = group.Name.ToString() };
        if (group.Environment is { } environment)
        {
            settings["environment"] = environment.ToString();
        }

        settings["config_paths"] = new JArray(ConfigPath.ReadBy(group.Environment, group.Name).Select(place => place.Path));
        settings["config_reload"] = new JArray(config.Reload.AsEnumerable());
        if (!group.Uses.IsEmpty)
        {
            settings["uses"] = new JArray(group.Uses.AsEnumerable());
            settings["datastores_path"] = ConfigPath.OfDatastores(group.Environment).Path;
        }

        if (NodeServices.TakesPart(group))
        {
            settings["services_path"] = ConfigPath.OfServices(group.Environment).Parameter(group.Name);
        }

        if (!group.Uses.IsEmpty || NodeServices.TakesPart(group))
        {
            settings["dna"] = DnaText.Of(group.Name, group, datastores: null);
        }

        return settings.ToString(Formatting.Indented) + "\n";
    }

    private static PayloadFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")));

    private static byte[] Resource(string name)
    {
        using var stream = typeof(NodeProgram).Assembly.GetManifestResourceStream(name)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
