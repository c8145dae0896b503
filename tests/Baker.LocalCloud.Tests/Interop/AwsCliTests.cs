using Amazon.EC2.Model;
using Newtonsoft.Json.Linq;

namespace Baker.LocalCloud.Tests.Interop;

/// <summary>The AWS CLI on a served local cloud.</summary>
public sealed class AwsCliTests
{
    [Test]
    public async Task AwsCli_BakesAnImage()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        Task<string> Aws(params string[] arguments) => Peer.RunAsync("aws", cloud, [.. arguments, "--output", "json"]);

        Assert.That((string?)JObject.Parse(await Aws("sts", "get-caller-identity"))["Account"], Is.EqualTo("000000000000"));
        await File.WriteAllTextAsync(cloud.Folder["user-data"], "#!/bin/sh\necho hello > /srv/hello\n");
        var launched = JObject.Parse(await Aws("ec2", "run-instances", "--image-id", TestCloud.BaseImageId, "--instance-type", "m1.large", "--user-data", "file://user-data", "--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=cli}]", "--security-groups", "external"));
        var id = (string)launched["Instances"]![0]!["InstanceId"]!;
        await cloud.UntilStateAsync(id, "running");
        await cloud.UntilOnlineAsync(id);
        var sent = JObject.Parse(await Aws("ssm", "send-command", "--document-name", "AWS-RunShellScript", "--targets", "Key=tag:Name,Values=cli", "--parameters", "commands=[cat /srv/hello]"));
        var command = (string)sent["Command"]!["CommandId"]!;
        await Wait.UntilAsync(
            async () => (string?)JObject.Parse(await Aws("ssm", "get-command-invocation", "--command-id", command, "--instance-id", id))["StandardOutputContent"] == "hello\n",
            "the command's output");

        await Aws("ec2", "stop-instances", "--instance-ids", id);
        await cloud.UntilStateAsync(id, "stopped");
        var image = (string)JObject.Parse(await Aws("ec2", "create-image", "--instance-id", id, "--name", "by the cli", "--tag-specifications", "ResourceType=image,Tags=[{Key=a,Value=b}]", "ResourceType=snapshot,Tags=[{Key=c,Value=d}]"))["ImageId"]!;
        await Wait.UntilAsync(
            async () => (await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [image] })).Images[0].State == "available",
            "the image");
        var shown = JObject.Parse(await Aws("ec2", "describe-images", "--owners", "self", "--filters", "Name=tag:a,Values=b"))["Images"]!;
        Assert.That(shown.Select(i => (string)i["ImageId"]!), Is.EqualTo(new[] { image }));
        Assert.That((string?)JObject.Parse(await Aws("ec2", "describe-snapshots", "--owner-ids", "self"))["Snapshots"]![0]!["Tags"]![0]!["Value"], Is.EqualTo("d"));
        var gone = JObject.Parse(await Aws("ec2", "deregister-image", "--image-id", image, "--delete-associated-snapshots"));
        Assert.That((string?)gone["DeleteSnapshotResults"]![0]!["ReturnCode"], Is.EqualTo("success"));
        await Aws("ec2", "terminate-instances", "--instance-ids", id);
        await cloud.UntilStateAsync(id, "terminated");
    }

    [Test]
    public async Task AwsCli_KeepsFilesAndParameters()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        Task<string> Aws(params string[] arguments) => Peer.RunAsync("aws", cloud, arguments);

        await Aws("s3", "mb", "s3://scripts");
        await File.WriteAllTextAsync(cloud.Folder["a.sh"], "echo from s3\n");
        await Aws("s3", "cp", "a.sh", "s3://scripts/run/a b.sh");
        Assert.That(await Aws("s3", "ls", "--recursive", "s3://scripts"), Does.Contain("run/a b.sh"));
        Assert.That(await Aws("s3", "cp", "s3://scripts/run/a b.sh", "-"), Is.EqualTo("echo from s3\n"));
        var address = (await Aws("s3", "presign", "s3://scripts/run/a b.sh")).Trim();
        var id = await cloud.LaunchAsync();
        await cloud.UntilOnlineAsync(id);
        var result = await cloud.RunAsync(id, $"curl -fsS '{address}' -o /tmp/a.sh && sh /tmp/a.sh");
        Assert.That(result.StandardOutputContent, Is.EqualTo("from s3\n"), result.StandardErrorContent);
        await Aws("s3", "rm", "--recursive", "s3://scripts");
        await Aws("s3", "rb", "s3://scripts");

        await Aws("ssm", "put-parameter", "--name", "/a/b", "--value", "1", "--type", "String");
        var (code, _, error) = await Peer.TryAsync("aws", cloud, "ssm", "put-parameter", "--name", "/a/b", "--value", "2", "--type", "String");
        Assert.That(error, Does.Contain("ParameterAlreadyExists"), $"exit code {code}");
        Assert.That((await Aws("ssm", "get-parameters-by-path", "--path", "/a", "--query", "Parameters[].Value", "--output", "text")).Trim(), Is.EqualTo("1"));
        var public_ = await Aws("ssm", "get-parameter", "--name", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "--query", "Parameter.Value", "--output", "text");
        Assert.That((await Aws("ec2", "describe-images", "--image-ids", public_.Trim(), "--query", "Images[0].State", "--output", "text")).Trim(), Is.EqualTo("available"));
    }

    [Test]
    public async Task AwsCli_AskingForWhatIsNotThere_GetsAwsErrors()
    {
        await using var cloud = await TestCloud.OpenAsync();
        foreach (var (code, arguments) in new (string, string[])[]
        {
            ("InvalidAMIID.NotFound", ["describe-images", "--image-ids", "ami-00000000000000000"]),
            ("InvalidInstanceID.NotFound", ["describe-instances", "--instance-ids", "i-00000000000000000"]),
            ("InvalidParameterValue", ["describe-instances", "--filters", "Name=colour,Values=red"]),
            ("DryRunOperation", ["run-instances", "--image-id", TestCloud.BaseImageId, "--instance-type", "m1.large", "--dry-run"]),
            ("InvalidKeyPair.NotFound", ["describe-key-pairs", "--key-names", "none"]),
            ("InvalidAction", ["describe-transit-gateways"]),
        })
        {
            var (exit, output, error) = await Peer.TryAsync("aws", cloud, ["ec2", .. arguments]);
            Assert.That(error, Does.Contain($"({code})"), $"{exit} {output}");
        }
    }
}
