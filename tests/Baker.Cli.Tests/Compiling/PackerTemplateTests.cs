using System.Diagnostics;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Compiling;

public sealed class PackerTemplateTests
{
    private const string EveryAttribute = """
        {
          "__base__": {
            "description": "a \"quoted\" text, {{ not Packer's }}", "type": "amazon-ebs", "region": "eu-west-1", "source_ami": "ami-0123456789abcdef0",
            "instance_type": "m5.large", "instance_types": ["m5a.large"], "security_groups": ["sg-0123456789abcdef0"], "vpc_id": "vpc-0123456789abcdef0",
            "subnet_id": "subnet-0123456789abcdef0", "availability_zone": "eu-west-1a", "associate_public_ip_address": false, "ebs_optimized": true,
            "default_attributes": {"a": 1.0}, "override_attributes": {"b": {"c": null}}, "run_list": ["recipe[a]", "role[b]", "c::d"], "post_run_list": ["recipe[z@1.0.0]"],
            "provision": ["scripts/a.sh", "scripts/b.sh"], "iam_instance_profile": "builder", "user_data": "#!/bin/sh\necho '{{ }}'\n",
            "launch_block_device_mappings": [{"device_name": "/dev/xvda", "volume_size": 20, "volume_type": "gp3", "iops": 3000, "throughput": 125, "delete_on_termination": true},
              {"device_name": "/dev/xvdb", "snapshot_id": "snap-0123456789abcdef0"}, {"device_name": "/dev/xvdc", "volume_size": 1, "encrypted": true, "kms_key_id": "alias/disk"}],
            "encrypt_boot": true, "kms_key_id": "alias/images", "tags": {"team": "web", "built": "{{isotime}}"}, "snapshot_tags": {"team": "web"}, "ami_regions": ["eu-west-1"],
            "ami_users": ["123456789012"], "deprecate_after": "30d", "communicator": "ssh", "ssh_username": "admin", "ssh_interface": "private_ip", "ssh_timeout": "10m",
            "temporary_security_group_source_cidrs": ["10.0.0.0/8"],
            "autoscale": {"node_min": 1, "node_max": 4, "node_desired": 2, "timeout": 120, "zones": ["eu-west-1a"], "subnets": ["subnet-0123456789abcdef0"], "target_groups": ["web"],
              "health_check": {"type": "elb", "grace": 60}, "lifecycle_hooks": [{"name": "drain", "transition": "terminating", "timeout": 60, "default_result": "CONTINUE"}],
              "instance_types": {"types": ["m5.large", "m5a.large"], "spot_share": 50, "on_demand_base": 1}, "termination_policies": ["OldestInstance"], "warmup": 30}
          },
          "by-id": {},
          "by-filter": {"source_ami": null, "source_ami_filter": {"filters": {"name": "debian-12-*", "architecture": ["x86_64"]}, "owners": ["136693071363"], "most_recent": true}, "availability_zone": ["eu-west-1a", "eu-west-1b"]},
          "by-parameter": {"source_ami": null, "source_ami_parameter": "/aws/service/debian/release/12/latest/amd64", "security_groups": ["web", "internal"], "user_data": null, "user_data_file": "scripts/a.sh"},
          "own-template": {"template": "templates/own.hbs", "colour": "red"},
          "no-communicator": {"communicator": "none"}
        }
        """;

    [Test]
    public async Task PackerCreate_EveryAttribute_PassesPackersOwnValidation()
    {
        using var project = Project(EveryAttribute);
        project.Write("templates/own.hbs", "{\"variables\": {\"colour\": {{json colour}}, }, \"builders\": [{\"type\": \"file\", \"content\": {{json attributes.tags.team}}, \"target\": \"\\{{isotime}}\"}] }");
        var run = await project.RunAsync("packer:create");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(project.Files("packer"), Has.Length.EqualTo(5));
        foreach (var file in project.Files("packer"))
        {
            Assert.That(Validate(project, "packer/" + file), Is.Empty, file + "\n" + project.Read("packer/" + file));
        }
    }

    [Test]
    public async Task PackerCreate_Sample_PassesPackersOwnValidation()
    {
        using var project = Project(TestProject.Repository("nodes.json"));
        await project.RunAsync("packer:create");
        Assert.That(Validate(project, "packer/12_04-bee.json") + Validate(project, "packer/12_04-www.json"), Is.Empty);
    }

    [TestCase("by-id")]
    [TestCase("by-filter")]
    [TestCase("by-parameter")]
    [TestCase("no-communicator")]
    public async Task PackerCreate_EveryAttribute_MatchesGolden(string group)
    {
        using var project = Project(EveryAttribute);
        await project.RunAsync("packer:create", group);
        Golden.Check(project.Read($"packer/{group}.json"), $"tests/Baker.Cli.Tests/Golden/packer-{group}.json");
    }

    [Test]
    public async Task PackerCreate_SecretsInTheEnvironment_StayOut()
    {
        using var project = Project(TestProject.Repository("nodes.json"));
        await project.RunAsync("packer:create");
        var keys = JObject.Parse(project.Read("packer/12_04-bee.json")).Descendants().OfType<JProperty>().Select(property => property.Name);
        Assert.That(keys, Has.None.Matches<string>(key => key!.Contains("secret", StringComparison.Ordinal) || key.Contains("access_key", StringComparison.Ordinal) || key == "token"));
    }

    [Test]
    public async Task PackerCreate_SecondRun_WritesNothing()
    {
        using var project = Project(EveryAttribute);
        project.Write("templates/own.hbs", "{ }");
        await project.RunAsync("packer:create");
        Assert.That((await project.RunAsync("packer:create")).Out, Is.EqualTo("0 created, 0 changed, 5 unchanged, 0 orphaned\n"));
        Assert.That((await project.RunAsync("packer:create", "--check")).Code, Is.EqualTo(ExitCode.Done));
    }

    [TestCase("{{#if name}}", "cannot be read")]
    [TestCase("{{#if name}}{{/each}}", "cannot be read")]
    [TestCase("{\"a\": {{json nmae}} }", "nmae")]
    [TestCase("{\"a\": \"{{nmae}}\"}", "nmae")]
    [TestCase("{\"a\": {{json}} }", "json")]
    [TestCase("{\"a\": {{jsno name}} }", "jsno")]
    [TestCase("{\"a\": {{join name \",\"}} }", "takes a list")]
    [TestCase("{\"a\": {{name}} }", "is not JSON")]
    [TestCase("[]", "not a JSON object")]
    [TestCase("", "not JSON")]
    public async Task PackerCreate_TemplateMistake_NamesTemplateAndReason(string template, string reason)
    {
        using var project = new TestProject("{\"web\": {\"source_ami\": \"ami-12345678\", \"template\": \"templates/own.hbs\"}}");
        project.Write("templates/own.hbs", template);
        var run = await project.RunAsync("packer:create");
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
            Assert.That(run.Error, Does.Contain("templates/own.hbs").And.Contain(reason).And.Not.Contain("   at "));
            Assert.That(project.Files("packer"), Is.Empty);
        });
    }

    [Test]
    public async Task PackerCreate_NoTemplate_SaysWhichIsMissing()
    {
        using var project = new TestProject("{\"web\": {\"source_ami\": \"ami-12345678\"}}");
        Assert.That((await project.RunAsync("packer:create")).Error, Does.Contain("There is no template templates/packer.json.hbs"));
    }

    [Test]
    public async Task PackerCreate_NoSourceImage_SaysSo()
    {
        using var project = Project("{\"web\": {}}");
        Assert.That((await project.RunAsync("packer:create")).Error, Does.Contain("web names no image to start from"));
    }

    private static TestProject Project(string manifest)
    {
        var project = new TestProject(manifest);
        project.Write("templates/packer.json.hbs", TestProject.Repository("templates/packer.json.hbs"));
        foreach (var script in new[] { "a", "b", "base", "worker", "www", "boot" })
        {
            project.Write($"scripts/{script}.sh", "#!/bin/sh\n");
        }

        return project;
    }

    // Success prints nothing.
    private static string Validate(TestProject project, string template)
    {
        Peers.Require("packer");
        var start = new ProcessStartInfo("packer", ["validate", template]) { WorkingDirectory = project.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["HOME"] = project.Folder;
        using var packer = Process.Start(start)!;
        var said = packer.StandardOutput.ReadToEndAsync();
        var error = packer.StandardError.ReadToEnd();
        packer.WaitForExit();
        return said.Result.Trim() + error.Trim() + (packer.ExitCode == 0 ? "" : $" (exit code {packer.ExitCode})");
    }
}
