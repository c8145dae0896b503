using Amazon.RDS.Model;
using Baker.Cli.Tests.Fleets;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Configuring;

/// <summary>A fleet whose nodes run in real sandboxes and are told where their datastore is, also when it is replaced.</summary>
[Platform("Linux")]
public sealed class DatastoreNodeTests
{
    [Test]
    public async Task Node_KnowsItsDatastore_AndAReplacedOneByPushAndByDeploy()
    {
        await Sandboxes.RequireAsync();
        var project = new TestProject("""
            {
              "__settings__": {"cloud": "local"},
              "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "run_list": ["recipe[app]"], "config": true, "iam_instance_profile": "web"},
              "__datastores__": {"main": {"rds": "main-db"}},
              "web": {"provision": ["scripts/web.sh"], "uses": ["main"], "config_reload": ["/usr/local/bin/reload"], "dna": {"app": 1}, "autoscale": {"timeout": 0, "warmup": 1}}
            }
            """);
        project.Write("scripts/web.sh", """
            cat > /usr/local/bin/reload <<'END'
            #!/bin/sh
            . /etc/baker/env
            echo "$MAIN_HOST $MAIN_PORT" >> /var/log/reloaded
            END
            cat > /usr/local/bin/chef-solo <<'END'
            #!/bin/sh
            cp "$5" /var/log/dna.json
            END
            chmod 755 /usr/local/bin/reload /usr/local/bin/chef-solo
            """);
        await using var fleet = await FleetProject.ServeAsync(project);
        var first = (await fleet.MakeDatabaseAsync("main-db", "postgres", 5432)).Endpoint.Address;
        await fleet.DoAsync("packer:run", "web");
        var image = fleet.ImageOf("web");
        await fleet.DoAsync("autoscale:run", "web");
        var node = (await fleet.GroupsAsync("web"))[0].Instances[0].InstanceId;

        await Wait.UntilAsync(
            async () => await fleet.OnNodeAsync(node, "grep ^MAIN_ /etc/baker/env") == $"MAIN_ENGINE=\"postgres\"\nMAIN_HOST=\"{first}\"\nMAIN_PORT=\"5432\"\nMAIN_READER_HOST=\"{first}\"\n",
            "the endpoints");
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            Assert.That(await fleet.OnNodeAsync(node, ". /etc/baker/env; bash -c \"exec 3<>/dev/tcp/$MAIN_HOST/$MAIN_PORT && echo reached\""), Is.EqualTo("reached\n"));
        }

        var own = JObject.Parse(await fleet.OnNodeAsync(node, "cat /etc/baker/dna.json"));
        Assert.That((int)own["app"]!, Is.EqualTo(1));
        Assert.That(own["datastores"]!["main"], Is.EqualTo(JObject.Parse($$"""{"engine": "postgres", "host": "{{first}}", "port": 5432, "reader_host": "{{first}}"}""")).Using<JToken>(JToken.DeepEquals));
        Assert.That(JObject.Parse(await fleet.OnNodeAsync(node, "cat /var/log/dna.json"))["datastores"], Is.Null, "the image's Chef run");

        await fleet.Clients.RDS.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "main-db", SkipFinalSnapshot = true });
        await Wait.UntilAsync(async () => await fleet.DatabaseAsync() is null, "the database to be gone");
        var second = (await fleet.MakeDatabaseAsync("main-db", "postgres", 5433)).Endpoint.Address;
        await fleet.DoAsync("config:push", "web");
        Assert.That(await fleet.OnNodeAsync(node, "cat /var/log/reloaded"), Is.EqualTo($"{second} 5433\n"));
        Assert.That((int)JObject.Parse(await fleet.OnNodeAsync(node, "cat /etc/baker/dna.json"))["datastores"]!["main"]!["port"]!, Is.EqualTo(5433));

        project.Write("nodes.json", project.Read("nodes.json").Replace("{\"rds\": \"main-db\"}", "{\"host\": \"third.internal\", \"port\": 1}", StringComparison.Ordinal));
        await fleet.DoAsync("instance:deploy", "web");
        Assert.That(await fleet.OnNodeAsync(node, "tail -n 1 /var/log/reloaded"), Is.EqualTo("third.internal 1\n"));
        Assert.That(JObject.Parse(await fleet.OnNodeAsync(node, "cat /var/log/dna.json"))["datastores"]!["main"]!["host"], Is.EqualTo((JToken)"third.internal"));

        await fleet.DoAsync("packer:run", "web");
        Assert.That(fleet.ImageOf("web"), Is.EqualTo(image), "an endpoint is no content of an image");
    }
}
