using Amazon.EC2.Model;

namespace Baker.LocalCloud.Tests.Interop;

/// <summary>HashiCorp Packer 1.6.6 on a served local cloud.</summary>
public sealed class PackerTests
{
    [Test]
    public async Task Packer_BakesAnImageAndLeavesNothingElse()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var url = cloud.Cloud.Listen();
        await File.WriteAllTextAsync(cloud.Folder["template.json"],
            $$"""
            {
              "builders": [{
                "type": "amazon-ebs", "region": "us-east-1", "source_ami": "{{TestCloud.BaseImageId}}", "instance_type": "m1.large",
                "communicator": "none", "custom_endpoint_ec2": "{{url.ToString().TrimEnd('/')}}", "skip_metadata_api_check": true,
                "ami_name": "by packer", "ami_description": "d", "tags": {"a": "b"}, "snapshot_tags": {"c": "d"}, "run_tags": {"e": "f"},
                "user_data": "#!/bin/sh\necho packer > /srv/who\n",
                "aws_polling": {"delay_seconds": 1, "max_attempts": 60}
              }],
              "provisioners": [{"type": "shell-local", "inline": ["until [ -e booted ]; do sleep 0.1; done"]}],
              "post-processors": [{"type": "manifest", "output": "manifest.json"}]
            }
            """);
        var packer = Peer.RunAsync("packer", cloud, "build", "-machine-readable", "template.json");
        await TellWhenBootedAsync(cloud, packer);
        var output = await packer;
        Assert.That(output, Does.Contain("us-east-1:ami-"));
        var images = (await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["self"] })).Images;
        Assert.That(images.Select(i => (i.Name, i.State.Value, i.Tags[0].Key)), Is.EqualTo(new[] { ("by packer", "available", "a") }));
        var status = cloud.Cloud.Status().Resources;
        Assert.That(status.Where(r => r.Key is "volumes" or "key_pairs" or "security_groups" or "instances_running" && r.Value > 0), Is.Empty);

        var id = await cloud.LaunchAsync(images[0].ImageId);
        await cloud.UntilOnlineAsync(id);
        Assert.That((await cloud.RunAsync(id, "cat /srv/who")).StandardOutputContent, Is.EqualTo("packer\n"));
    }

    // Without a communicator nothing in Packer waits for the user data.
    private static async Task TellWhenBootedAsync(TestCloud cloud, Task packer)
    {
        string? id = null;
        await Wait.UntilAsync(
            async () => packer.IsCompleted || (id = (await cloud.EC2.DescribeInstancesAsync()).Reservations?.SelectMany(each => each.Instances).FirstOrDefault()?.InstanceId) is not null, "Packer's instance");
        if (id is not null)
        {
            await cloud.UntilBootedAsync(id);
            await File.WriteAllTextAsync(cloud.Folder["booted"], "");
        }
    }
}
