using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>What a change's record says of requests, beside what a load generator of its own has counted.</summary>
[Platform("Linux")]
public sealed class ProofTests
{
    private const int Least = 3000;

    private const string Boot = """
        #!/bin/sh
        nohup /usr/local/sbin/serve "$(hostname -i | awk '{print $1}')" >/dev/null 2>&1 </dev/null &
        """;

    /// <summary>Says its version, and fails where it is asked to.</summary>
    private const string Serve = """
        set -eu
        mkdir -p /usr/local/sbin
        cat > /usr/local/sbin/serve <<'SERVER'
        #!/usr/bin/env python3
        import http.server, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = b"VERSION\n"
                self.send_response(500 if self.path == "/fail" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        http.server.ThreadingHTTPServer((sys.argv[1], 8080), Handler).serve_forever()
        SERVER
        chmod 755 /usr/local/sbin/serve

        """;

    [Test]
    public async Task Record_OfAnUpdateUnderLoad_CountsWhatTheLoadCounted()
    {
        await Sandboxes.RequireAsync();
        var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "user_data_file": "boot.sh", "provision": ["serve.sh"]},
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0, "target_groups": ["www"], "health_check": {"type": "elb", "grace": 3600} } }
            }
            """);
        project.Write("boot.sh", Boot);
        project.Write("serve.sh", Serve.Replace("VERSION", "version 1", StringComparison.Ordinal));
        await using var fleet = await FleetProject.ServeAsync(project);
        var (address, _) = await fleet.BalanceAsync("www");
        await fleet.DoAsync("packer:run");
        await fleet.DoAsync("autoscale:run", "www");
        fleet.Project.Write("serve.sh", Serve.Replace("VERSION", "version 2", StringComparison.Ordinal));
        await fleet.DoAsync("packer:run");

        await using var load = new HttpLoad(address, 8);
        await using var failing = new HttpLoad(new Uri(address, "fail"), 1);
        await fleet.DoAsync("autoscale:update", "www", "--soak", "2s");
        await load.OnlyAsync("version 2");
        await Wait.UntilAsync(() => Task.FromResult(load.Total >= Least), "a load to speak of");
        await load.StopAsync();
        await failing.StopAsync();

        var counted = load.Total + failing.Lost.Count;
        var id = (string)JArray.Parse((await fleet.DoAsync("change:list", "--json")).Out)[0]["id"]!;
        JObject record = [];
        await Wait.UntilAsync(
            async () => Sum(record = JObject.Parse((await fleet.DoAsync("change:show", id, "--json")).Out), "requests") >= counted,
            () => $"the metrics of {counted} requests in {record["traffic"]}");

        Assert.That(load.Lost, Is.Empty);
        Assert.That((failing.Total, failing.Lost.Count), Is.EqualTo((0, failing.Lost.Count(why => why.Contains(" 500 ", StringComparison.Ordinal)))));
        Assert.That(failing.Lost, Is.Not.Empty);
        Assert.That(Sum(record, "requests"), Is.EqualTo(counted));
        Assert.That(Sum(record, "target_5xx"), Is.EqualTo(failing.Lost.Count));
        Assert.That(Sum(record, "balancer_5xx"), Is.Zero);
        Assert.That((int?)record["least_healthy"]!["www"], Is.GreaterThanOrEqualTo(2));
        Assert.That(record["fleets"]![0]!["packages"]!.Type, Is.EqualTo(JTokenType.Array), "both images tell their packages");
        TestContext.Progress.WriteLine($"proof: {counted} requests, {failing.Lost.Count} of them 5xx, none lost: the record says the same");
    }

    private static double Sum(JObject record, string what) => record["traffic"]!.Sum(each => (double)each[what]!);
}
