using Baker.Cli.Projects;
using Baker.Core.Manifest;

namespace Baker.Cli.Beginning;

/// <summary>A first project: one group, whose nodes show a page, and a test of its image.</summary>
internal static class Starter
{
    public static IReadOnlyList<NewFile> Files(GroupName group, string region)
    {
        string Filled(string text) => text
            .Replace("@GROUP@", group, StringComparison.Ordinal)
            .Replace("@REGION@", region, StringComparison.Ordinal)
            .ReplaceLineEndings("\n");
        return
        [
            new(ManifestLoading.DefaultName, Filled(Manifest)),
            new($"scripts/{group}.sh", Filled(Script), isScript: true),
            new($"scripts/{group}-boot.sh", Filled(Boot), isScript: true),
            new($"tests/{group}.sh", Filled(Test), isScript: true),
        ];
    }

    private const string Manifest = """
        {
          "$schema": "nodes.schema.json",

          // A cloud inside this machine, which needs no account. For AWS: "aws", or --cloud aws on a command.
          "__settings__": {"cloud": "local"},

          // What every group inherits. On AWS an image is baked through Systems Manager: name an
          // "iam_instance_profile" with AmazonSSMManagedInstanceCore here, or "communicator": "ssh".
          "__base__": {
            "region": "@REGION@",
            "instance_type": "t3.micro",
            "source_ami_parameter": "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
          },

          "@GROUP@": {
            "description": "a page on port 8080",
            "provision": ["scripts/@GROUP@.sh"],
            "user_data_file": "scripts/@GROUP@-boot.sh",
            "verify_http": {"port": 8080},
            "verify": ["tests/@GROUP@.sh"],
            "autoscale": {"node_min": 1, "node_max": 2}
          }
        }

        """;

    private const string Script = """
        #!/bin/sh
        # Makes the image of @GROUP@: runs as root on the instance that it is baked from.
        set -eu
        mkdir -p /srv/@GROUP@ /usr/local/sbin
        echo "@GROUP@: version 1" > /srv/@GROUP@/index.html

        cat > /usr/local/sbin/serve-@GROUP@ <<'SERVER'
        #!/bin/sh
        # Shows /srv/@GROUP@ on this instance's own address, port 8080.
        address=$(hostname -i 2>/dev/null | awk '{print $1}')
        exec python3 -m http.server --directory /srv/@GROUP@ --bind "${address:-127.0.0.1}" 8080
        SERVER
        chmod 755 /usr/local/sbin/serve-@GROUP@
        echo "@GROUP@: /srv/@GROUP@ is ready"

        """;

    private const string Boot = """
        #!/bin/sh
        # User data: starts what the image holds when an instance of @GROUP@ boots.
        [ -x /usr/local/sbin/serve-@GROUP@ ] || exit 0
        nohup /usr/local/sbin/serve-@GROUP@ > /var/log/serve-@GROUP@.log 2>&1 < /dev/null &

        """;

    private const string Test = """
        #!/bin/sh
        # Runs on an instance of the new image; no fleet gets an image for which it does not end with 0.
        set -eu
        grep -q "@GROUP@: version" /srv/@GROUP@/index.html
        test -x /usr/local/sbin/serve-@GROUP@
        echo "@GROUP@: the page and its server are there"

        """;
}
