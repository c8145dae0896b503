using Baker.Cli.Tests.Fleets;
using Baker.Cli.Tests.Instances;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Services;

/// <summary>The commands on services with the catalogue in a real etcd, on a local cloud that executes nothing.</summary>
internal sealed class EtcdCommandTests
{
    private const string Address = "10.9.9.9";

    [Test]
    public async Task Services_InEtcd_AreListedWithdrawnAndCompared()
    {
        using var certificates = new EtcdCertificates();
        await using var server = await EtcdServer.StartAsync(certificates);
        await server.EnableUsersAsync(("ops", "secret-of-ops", [], ["/baker/services/"]));
        using var project = Project(server, $", \"user\": \"ops\", \"ca_file\": \"{certificates.Authority}\"");
        project.Project.Environment["BAKER_ETCD_PASSWORD"] = "secret-of-ops";
        var lives = await project.CreateAsync("one");
        var address = (string)(await project.NodesAsync()).Single()["private_address"]!;
        await AnnounceAsync(server, lives, address);
        await AnnounceAsync(server, "i-0123456789abcdef0", Address);

        var list = JArray.Parse((await project.RunAsync("service:list", "--json")).Out);
        var show = await project.RunAsync("service:show", "front");
        var drift = await project.RunAsync("service:drift");
        var withdrawn = await project.RunAsync("service:decommission", "front");
        var again = JArray.Parse((await project.RunAsync("service:list", "--json")).Out);

        Assert.That(
            list.Select(each => ((string?)each["instance"], (string?)each["state"], (string?)each["reason"])),
            Is.EquivalentTo(new (string?, string?, string?)[] { (lives, "serving", null), ("i-0123456789abcdef0", "dead", "there is no such instance") }));
        Assert.That(show.Out, Does.Contain("provided by  www").And.Contain($"{address}:80"), show.Error);
        Assert.That((drift.Code, drift.Out), Is.EqualTo((ExitCode.Changes, "front is announced on i-0123456789abcdef0 of www, and dead: there is no such instance\n")), drift.Error);
        Assert.That(withdrawn.Code, Is.EqualTo(ExitCode.Done), withdrawn.Error);
        Assert.That(again.Select(each => ((string?)each["instance"], (string?)each["state"])), Is.EqualTo(new[] { (lives, "leaving") }));
    }

    [Test]
    public async Task Services_EtcdThatIsAway_IsToldWhereItStands()
    {
        await using var server = await EtcdServer.StartAsync();
        using var project = Project(server, "");
        server.Stop();
        var away = await project.RunAsync("service:list");
        await server.StartAgainAsync();
        var back = await project.RunAsync("service:list");

        Assert.That(away.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(away.Error, Does.Contain("nodes.json:2:").And.Contain("etcd cannot be asked at http://127.0.0.1:").And.Contain("Connection refused").And.Contain("Check that etcd runs"));
        Assert.That(back.Code, Is.EqualTo(ExitCode.Done), back.Error);
        Assert.That(back.Out, Does.Contain("not announced"));
    }

    [Test]
    public async Task Update_EtcdThatIsAway_IsToldDryAndBeforeItBegins()
    {
        await using var server = await EtcdServer.StartAsync();
        using var project = Project(server, "");
        project.Project.Write("nodes.json", project.Project.Read("nodes.json").Replace(
            "\"www\": {",
            "\"www\": {\"autoscale\": {\"node_min\": 1, \"node_max\": 1}, ",
            StringComparison.Ordinal));
        var begun = await project.RunAsync("autoscale:run", "www", "--image", "ami-1ebb2077");
        Assert.That(begun.Code, Is.EqualTo(ExitCode.Done), begun.Error);
        string[] update = ["autoscale:update", "www", "--image", "ami-1ebb2077", "--force"];
        var before = await project.RunAsync([.. update, "--dry-run"]);

        server.Stop();
        var dry = await project.RunAsync([.. update, "--dry-run"]);
        var wet = await project.RunAsync(update);
        var back = await project.RunAsync("autoscale:delete", "www", "--dry-run");

        Assert.That(before.Code, Is.EqualTo(ExitCode.Changes), before.Error);
        foreach (var run in new[] { dry, wet, back })
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Out + run.Error);
            Assert.That(run.Error, Does.Contain("etcd cannot be asked at http://127.0.0.1:"));
        }

        Assert.That(JArray.Parse((await project.RunAsync("instance:list", "--json")).Out), Has.Count.EqualTo(1), "nothing was begun");
    }

    [Test]
    public async Task Run_TheNodesPasswordIsNotInTheirConfiguration_IsToldBeforehand()
    {
        const string Warning = "The configuration of www has no ETCD_PASSWORD, the password of etcd's user front: its nodes can announce nothing, and learn of nobody.";
        using var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", Manifest(project, new Uri("http://127.0.0.1:1"), ", \"user\": \"ops\", \"password_env\": \"ETCD_PASSWORD\"").Replace(
            "\"www\": {",
            "\"www\": {\"config\": true, \"catalog_user\": \"front\", \"iam_instance_profile\": \"nodes\", \"autoscale\": {\"node_min\": 1, \"node_max\": 1}, ",
            StringComparison.Ordinal));
        string[] run = ["autoscale:run", "www", "--image", "ami-1ebb2077", "--dry-run"];

        var without = await project.RunAsync(run);
        var set = await project.RunAsync("config:set", "www", "ETCD_PASSWORD=of-front", "--secret");
        var with = await project.RunAsync(run);

        Assert.That(without.Error, Does.Contain(Warning).And.Contain("config:set www ETCD_PASSWORD --secret"));
        Assert.That(set.Code, Is.EqualTo(ExitCode.Done), set.Error);
        Assert.That((without.Code, with.Code), Is.EqualTo((ExitCode.Changes, ExitCode.Changes)), with.Error);
        Assert.That(with.Error, Does.Not.Contain("ETCD_PASSWORD"));
    }

    [Test]
    public async Task Watch_EtcdGoesAndComesBack_FollowsOn()
    {
        await using var server = await EtcdServer.StartAsync();
        using var project = Project(server, "");
        var lives = await project.CreateAsync("one");
        var address = (string)(await project.NodesAsync()).Single()["private_address"]!;
        using var watch = new PackageProcess(project.Project, ["service:watch", "front", "--json"]);
        await watch.UntilSaysAsync("Following front: 0 entries now.");

        server.Stop();
        await watch.UntilSaysAsync("It is asked on.");
        await server.StartAgainAsync();
        await watch.UntilSaysAsync("The catalogue answers again.");
        await AnnounceAsync(server, lives, address);
        await watch.UntilSaysAsync("\"change\":\"came\"");
        watch.Signal(2);
        var run = await watch.EndAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Error);
        Assert.That(run.Error.Split("It is asked on."), Has.Length.EqualTo(2), "said once");
    }

    [TestCase(", \"user\": \"ops\"", "user", "The password of etcd's user ops is not in the environment: BAKER_ETCD_PASSWORD is not set.")]
    [TestCase(", \"user\": \"ops\", \"password_env\": \"OTHER\"", "password_env", "OTHER is not set.")]
    [TestCase(", \"ca_file\": \"none.pem\"", "ca_file", "ca_file \"none.pem\" cannot be read")]
    [TestCase(", \"ca_file\": \"nodes.json\"", "ca_file", "ca_file \"nodes.json\" has no certificates.")]
    [TestCase(", \"certificate_file\": \"nodes.json\", \"key_file\": \"nodes.json\"", "certificate_file", "are no certificate and its key")]
    [TestCase(", \"certificate_file\": \"expired.pem\", \"key_file\": \"expired.key\"", "certificate_file", "has expired on")]
    [TestCase(", \"certificate_file\": \"client.pem\", \"key_file\": \"expired.key\"", "certificate_file", "are no certificate and its key")]
    public async Task List_WhatTheSettingsNameIsNotToBeHad_IsToldAtItsPlace(string more, string setting, string said)
    {
        using var certificates = new EtcdCertificates();
        using var project = new InstanceProject(executes: false);
        var manifest = Manifest(project, new Uri("https://127.0.0.1:1"), more);
        project.Project.Write("nodes.json", manifest);
        project.Project.Write("client.pem", File.ReadAllText(certificates.Client));
        project.Project.Write("expired.pem", File.ReadAllText(certificates.ExpiredClient));
        project.Project.Write("expired.key", File.ReadAllText(certificates.ExpiredClientKey));
        var line = manifest.Split('\n')[1];
        var column = line.IndexOf($"\"{setting}\": ", StringComparison.Ordinal) + setting.Length + 5;

        var run = await project.RunAsync("service:list");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Contain($"nodes.json:2:{column}: ").And.Contain(said));
    }

    private static InstanceProject Project(EtcdServer server, string more)
    {
        var project = new InstanceProject(executes: false);
        project.Project.Write("nodes.json", Manifest(project, server.Address, more));
        return project;
    }

    private static string Manifest(InstanceProject project, Uri address, string more) => project.Project.Read("nodes.json")
        .Replace("\"__settings__\": {", $"\"__settings__\": {{\"catalog\": {{\"etcd\": [\"{address.GetLeftPart(UriPartial.Authority)}\"]{more}}}, ", StringComparison.Ordinal)
        .Replace("\"www\": {", "\"www\": {\"provides\": {\"front\": {\"port\": 80}}, ", StringComparison.Ordinal);

    /// <summary>Writes an entry as a node would.</summary>
    private static Task<string> AnnounceAsync(EtcdServer server, string instance, string address) => server.ControlAsync(
        "put",
        $"/baker/services/front/{instance}",
        new JObject
        {
            ["service"] = "front",
            ["group"] = "www",
            ["instance"] = instance,
            ["address"] = address,
            ["port"] = 80,
            ["zone"] = "us-east-1a",
            ["version"] = "ami-1ebb2077",
            ["since"] = "2026-11-27T08:00:00Z",
            ["state"] = "serving",
        }.ToString(Newtonsoft.Json.Formatting.None));
}
