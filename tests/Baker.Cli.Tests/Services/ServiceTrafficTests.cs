using System.Diagnostics;
using Amazon.EC2.Model;
using Baker.Cli.Tests.Fleets;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Services;

/// <summary>
/// Three groups whose nodes find each other: HAProxy on web's node sends to what api's nodes announce. Nothing is lost while those come,
/// go and are replaced, for a node withdraws before it ends; what is lost with one that is killed is what it was answering.
/// </summary>
[Platform("Linux")]
public sealed class ServiceTrafficTests
{
    private static string Manifest(int port, string catalog) => $$$"""
        {
          "__settings__": {"cloud": "local"{{{catalog}}}},
          "__base__": {
            "region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "config": true, "iam_instance_profile": "web",
            "user_data_file": "scripts/boot.sh", "autoscale": {"node_min": 1, "node_max": 4, "timeout": 0, "warmup": 1}
          },
          "cache": {"provision": [{"script": "scripts/image.sh", "arguments": ["cache"]}], "provides": {"cache": {"port": {{{port}}} } } },
          "api": {
            "provision": [{"script": "scripts/image.sh", "arguments": ["api"]}], "after": "cache",
            "provides": {"api": {"port": {{{port}}}, "check": "/up"}}, "needs": {"cache": {}}, "drain": {"script": "echo drained >> /var/log/services.log", "hook": "drain"},
            "autoscale": {"lifecycle_hooks": [{"name": "drain", "transition": "terminating", "timeout": 7200}]}
          },
          "web": {
            "provision": [{"script": "scripts/image.sh", "arguments": ["web"]}], "after": "api",
            "needs": {"api": {}}, "services_reload": ["/usr/local/sbin/balance"], "services_converge": "echo converged >> /var/log/converges"
          }
        }
        """;

    [Test]
    public Task Nodes_WithSsm_FollowEachOtherAndLoseNothing() => FollowAsync(etcd: null);

    [Test]
    public async Task Nodes_WithEtcd_FollowEachOtherAndLoseNothing()
    {
        await using var etcd = await EtcdServer.StartAsync();
        await FollowAsync(etcd);
    }

    private static async Task FollowAsync(EtcdServer? etcd)
    {
        await Sandboxes.RequireAsync();
        Peers.Require("haproxy");
        var port = Ports.Next();
        var project = new TestProject(Manifest(port, etcd is null ? "" : $$""", "catalog": {"etcd": ["{{etcd.Address}}"]}"""));
        project.Write("scripts/image.sh", Image(port));
        project.Write("scripts/boot.sh", "#!/bin/sh\n[ ! -x /usr/local/sbin/serve ] || exec /usr/local/sbin/serve\n");
        await using var fleet = await FleetProject.ServeAsync(project);
        await fleet.DoAsync("packer:run");
        foreach (var group in new[] { "cache", "api", "web" })
        {
            await fleet.DoAsync("autoscale:run", group);
        }

        var web = (await fleet.GroupsAsync("web"))[0].Instances[0].InstanceId;
        await KnowsAsync(1);
        var address = (await fleet.Clients.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [web] })).Reservations[0].Instances[0].PrivateIpAddress;
        await Wait.UntilAsync(async () => (await fleet.OnNodeAsync(web, $"curl -s http://{address}:{port}/ || true")).StartsWith("api", StringComparison.Ordinal), "the way through HAProxy");

        await using (var load = new HttpLoad(new Uri($"http://{address}:{port}/"), 4))
        {
            await fleet.DoAsync("autoscale:scale", "api", "3");
            await KnowsAsync(3);
            await fleet.DoAsync("autoscale:scale", "api", "1");
            await KnowsAsync(1);
            project.Write("scripts/image.sh", Image(port) + "# again\n");
            await fleet.DoAsync("packer:run", "api");
            await fleet.DoAsync("autoscale:update", "api", "--keep", "1s");
            await KnowsAsync(1);
            await load.StopAsync();

            Assert.That(load.Lost, Is.Empty, $"of {load.Total}");
            Assert.That(load.Total, Is.GreaterThan(100));
        }

        // One is killed, and takes with it what it was answering; web sees that it takes no connection, long before the catalogue hears of it.
        await fleet.DoAsync("autoscale:scale", "api", "2");
        var killed = (await KnowsAsync(2))[0];
        await using (var load = new HttpLoad(new Uri($"http://{address}:{port}/"), 4))
        {
            await ProcessRun.RunAsync(new ProcessStartInfo("kill", ["-KILL", project.Read($".package/instances/{killed}/pid").Split(' ')[0]]));
            var since = Stopwatch.StartNew();
            await Wait.UntilAsync(async () => !(await ServersAsync()).Contains(killed), "web to leave it out");
            var followed = since.Elapsed;
            TestContext.Out.WriteLine($"{(etcd is null ? "SSM" : "etcd")}: web's files followed the kill in {followed.TotalSeconds:f1} s");
            Assert.That(followed, Is.LessThan(TimeSpan.FromSeconds(40)), "a lease of etcd's lives for 60 s");
            await Wait.UntilAsync(async () => !(await KnowsAsync(2)).Contains(killed), "another in its place");
            await load.StopAsync();

            Assert.That(load.Lost, Has.Count.LessThanOrEqualTo(4), string.Join('\n', load.Lost));
            Assert.That(load.Total, Is.GreaterThan(100));
        }

        if (etcd is not null)
        {
            await using var load = new HttpLoad(new Uri($"http://{address}:{port}/"), 4);
            var before = await fleet.OnNodeAsync(web, "cat /etc/baker/services/services.json");
            etcd.Stop();
            await Wait.UntilAsync(async () => Said(await LogAsync(), "is kept until the catalogue answers") == 1);
            await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System); // longer than a lease lives
            Assert.That(await fleet.OnNodeAsync(web, "cat /etc/baker/services/services.json"), Is.EqualTo(before));
            await etcd.StartAgainAsync();
            await Wait.UntilAsync(async () => Said(await LogAsync(), "the catalogue answers again") == 1);
            await fleet.DoAsync("autoscale:scale", "api", "3");
            await KnowsAsync(3);
            await load.StopAsync();

            Assert.That(load.Lost, Is.Empty, $"of {load.Total}");
        }

        await Wait.UntilAsync(async () => Said(await ConvergesAsync(), "converged") > 0, "a converge of web's");
        Assert.That(Said(await ConvergesAsync(), "converged"), Is.LessThanOrEqualTo(Said(await LogAsync(), "api is on")), "one converge for a change, or for several");

        var states = "";
        await Wait.UntilAsync(
            async () =>
            {
                states = string.Join(' ', JArray.Parse((await fleet.DoAsync("service:list", "--json")).Out).Select(each => (string?)each["state"]).Distinct());
                return states == "serving";
            },
            () => $"what the killed node left in the catalogue to go, where all is {states}");

        Task<string> LogAsync() => fleet.OnNodeAsync(web, "cat /var/log/cloud-init-output.log");
        Task<string> ConvergesAsync() => fleet.OnNodeAsync(web, "cat /var/log/converges || true");
        Task<string> ServersAsync() => fleet.OnNodeAsync(web, "cat /etc/baker/services/haproxy.cfg");
        static int Said(string log, string words) => log.Split(words).Length - 1;

        async Task<List<string>> KnowsAsync(int number)
        {
            var alive = (await fleet.GroupsAsync("api")).OrderBy(group => group.AutoScalingGroupName, StringComparer.Ordinal).Last().Instances.Select(each => each.InstanceId).ToList();
            var known = "";
            await Wait.UntilAsync(
                async () =>
                {
                    // HAProxy has what stands there once it was made to read it.
                    known = await fleet.OnNodeAsync(web, "there=$(cat /etc/baker/services/services.json 2> /dev/null || true); [ -e /var/lib/baker-node/services-to-reload ] || echo \"$there\"");
                    return known.Trim().Length > 0 && JObject.Parse(known)["services"]!["api"]!.Count() == number;
                },
                () => $"{number} nodes of api in {known}; {string.Join(", ", alive)}");
            return [.. JObject.Parse(known)["services"]!["api"]!.Select(entry => (string)entry["instance"]!)];
        }
    }

    private static string Image(int port) => $$"""
        #!/bin/sh
        set -eu
        mkdir -p /usr/local/sbin
        cat > /usr/local/sbin/answer <<'END'
        import http.server, sys
        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                body = (sys.argv[1] + "\n").encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *_):
                pass
        http.server.ThreadingHTTPServer((sys.argv[2], {{port}}), Answer).serve_forever()
        END
        cat > /usr/local/sbin/balance <<'END'
        #!/bin/sh
        address=$(hostname -i | awk '{print $1}')
        cat > /run/front.cfg <<CFG
        defaults
            mode http
            timeout connect 2s
            timeout client 30s
            timeout server 30s
            retries 3
            option idle-close-on-response
            retry-on all-retryable-errors
        frontend in
            bind $address:{{port}}
            default_backend api
        CFG
        old=$(cat /run/front.pid 2> /dev/null || true)
        exec /usr/sbin/haproxy -D -f /run/front.cfg -f /etc/baker/services/haproxy.cfg -p /run/front.pid ${old:+-sf $old}
        END
        cat > /usr/local/sbin/serve <<'END'
        #!/bin/sh
        role=$(cat /etc/role)
        [ "$role" != web ] || exit 0
        nohup python3 /usr/local/sbin/answer "$role" "$(hostname -i | awk '{print $1}')" > /var/log/answer.log 2>&1 < /dev/null &
        END
        chmod 755 /usr/local/sbin/*
        echo "$1" > /etc/role

        """;
}
