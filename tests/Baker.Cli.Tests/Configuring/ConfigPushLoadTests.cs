using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Programs;
using Baker.Core;

namespace Baker.Cli.Tests.Configuring;

/// <summary>A push of configuration to a fleet whose load balancer is asked all the time: each node restarts its service once, and no request is lost.</summary>
[Platform("Linux")]
public sealed class ConfigPushLoadTests
{
    /// <summary>A service that reads its configuration when it starts, and whose restart takes it down for a second.</summary>
    private const string Service = """
        mkdir -p /var/lib/cloud/scripts/per-boot
        cat > /usr/local/bin/serve <<'END'
        #!/usr/bin/python3
        import http.server, re, socket
        greeting = re.search('^GREETING="(.*)"$', open("/etc/baker/env").read(), re.M).group(1).encode()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(greeting)))
                self.end_headers()
                self.wfile.write(greeting)
            def log_message(self, *words):
                pass
        http.server.ThreadingHTTPServer((socket.gethostbyname(socket.gethostname()), 8080), Handler).serve_forever()
        END
        cat > /var/lib/cloud/scripts/per-boot/serve <<'END'
        #!/bin/sh
        nohup setsid /usr/local/bin/serve > /var/log/serve 2>&1 < /dev/null &
        echo $! > /run/serve.pid
        END
        cat > /usr/local/bin/reload <<'END'
        #!/bin/sh
        kill "$(cat /run/serve.pid)"
        sleep 1
        /var/lib/cloud/scripts/per-boot/serve
        echo reloaded >> /var/log/reloaded
        END
        chmod 755 /usr/local/bin/serve /var/lib/cloud/scripts/per-boot/serve /usr/local/bin/reload
        """;

    [Test]
    public async Task Push_WithADrainUnderLoad_LosesNoRequestAndReloadsEachNodeOnce()
    {
        await Sandboxes.RequireAsync();
        var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077"},
              "web": {
                "config": true, "iam_instance_profile": "web", "config_reload": ["/usr/local/bin/reload"], "provision": ["scripts/web.sh"],
                "autoscale": {"node_min": 3, "node_max": 3, "timeout": 0, "target_groups": ["web"], "health_check": {"type": "elb", "grace": 300}, "warmup": 10}
              }
            }
            """);
        project.Write("scripts/web.sh", Service);
        await using var fleet = await FleetProject.ServeAsync(project);
        var (address, targetGroup) = await fleet.BalanceAsync("web");
        await fleet.DoAsync("config:set", "web", "GREETING=hello");
        await fleet.DoAsync("packer:run", "web");
        await fleet.DoAsync("autoscale:run", "web");
        await using var load = new HttpLoad(address, 8);
        await load.OnlyAsync("hello");
        await fleet.DoAsync("config:set", "web", "GREETING=good day");
        var before = load.Total;

        var push = await fleet.DoAsync("config:push", "web", "--drain");
        var answered = load.Total - before;
        await load.OnlyAsync("good day");
        var again = await fleet.DoAsync("config:push", "web", "--drain");

        Assert.That(load.Lost, Is.Empty, push.Error);
        Assert.That(answered, Is.GreaterThan(100), "there was no load to speak of");
        Assert.That(load.Bodies, Is.EquivalentTo(new[] { "hello", "good day" }));
        Assert.That(push.Out, Does.Match(@"web +3 +3 +0 +0"));
        Assert.That(await fleet.HealthyAsync(targetGroup), Is.EqualTo(3));
        Assert.That(await fleet.LeftAsync("web"), Is.Empty);
        var reloaded = await fleet.DoAsync("instance:run", "web", "--", "cat /var/log/reloaded");
        Assert.That(reloaded.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(3).And.All.EndsWith(": reloaded"), again.Error);
        TestContext.Progress.WriteLine($"config:push --drain: {answered} requests, {load.Total} in all, none lost");
    }
}
