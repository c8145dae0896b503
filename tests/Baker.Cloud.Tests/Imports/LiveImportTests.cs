using System.Text;
using Amazon.AutoScaling.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cloud.Imports;
using Baker.Core;
using Baker.Core.Imports;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;
using AutoScalingBlockDevice = Amazon.AutoScaling.Model.BlockDeviceMapping;
using AutoScalingDisk = Amazon.AutoScaling.Model.Ebs;
using AutoScalingTag = Amazon.AutoScaling.Model.Tag;
using Override = Amazon.AutoScaling.Model.LaunchTemplateOverrides;
using Reference = Amazon.AutoScaling.Model.LaunchTemplateSpecification;

namespace Baker.Cloud.Tests.Imports;

/// <summary>Live groups on moto as manifests: what is carried over, and what is named as not.</summary>
internal sealed class LiveImportTests
{
    private const string Script = "#!/bin/sh\necho 'hello'\n";

    private CloudSession _session = null!;
    private string _image = null!;
    private string _vpc = null!;
    private string[] _subnets = null!;
    private string _group = null!;

    private CloudRegion Region => _session.Region("us-east-1");

    [SetUp]
    public async Task OpenAsync()
    {
        _session = await MotoAccount.OpenAsync();
        var ec2 = Region.Clients.EC2;
        _image = (await ec2.DescribeImagesAsync(new DescribeImagesRequest())).Images[0].ImageId;
        _vpc = (await ec2.DescribeVpcsAsync(new DescribeVpcsRequest())).Vpcs[0].VpcId;
        _subnets = [.. (await ec2.DescribeSubnetsAsync(new DescribeSubnetsRequest())).Subnets.Take(2).Select(subnet => subnet.SubnetId)];
        _group = (await ec2.CreateSecurityGroupAsync(new CreateSecurityGroupRequest { GroupName = "web", Description = "web", VpcId = _vpc })).GroupId;
    }

    [TearDown]
    public async Task CloseAsync() => await _session.DisposeAsync();

    [Test]
    public async Task Group_WithATemplateAndTargets_IsCarriedOver()
    {
        var elb = Region.Clients.ELBv2;
        var target = (await elb.CreateTargetGroupAsync(new CreateTargetGroupRequest { Name = "www", Port = 8080, Protocol = ProtocolEnum.HTTP, VpcId = _vpc })).TargetGroups[0];
        var template = await TemplateAsync("www", new RequestLaunchTemplateData
        {
            ImageId = _image,
            InstanceType = InstanceType.T3Micro,
            KeyName = "ops",
            SecurityGroupIds = [_group],
            IamInstanceProfile = new LaunchTemplateIamInstanceProfileSpecificationRequest { Name = "web" },
            UserData = Convert.ToBase64String(Encoding.UTF8.GetBytes(Script)),
            EbsOptimized = true,
            Monitoring = new LaunchTemplatesMonitoringRequest { Enabled = true },
            BlockDeviceMappings =
            [
                new LaunchTemplateBlockDeviceMappingRequest
                {
                    DeviceName = "/dev/sda1",
                    Ebs = new LaunchTemplateEbsBlockDeviceRequest { VolumeSize = 30, VolumeType = VolumeType.Gp3, DeleteOnTermination = true },
                },
            ],
            TagSpecifications =
            [
                new LaunchTemplateTagSpecificationRequest { ResourceType = ResourceType.Instance, Tags = [new Amazon.EC2.Model.Tag("team", "shop")] },
            ],
        });
        var scaling = Region.Clients.AutoScaling;
        await scaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "www live",
            LaunchTemplate = new Reference { LaunchTemplateId = template, Version = "1" },
            MinSize = 1,
            MaxSize = 4,
            DesiredCapacity = 2,
            VPCZoneIdentifier = string.Join(',', _subnets),
            TargetGroupARNs = [target.TargetGroupArn],
            HealthCheckType = "ELB",
            HealthCheckGracePeriod = 90,
            TerminationPolicies = ["OldestInstance"],
            NewInstancesProtectedFromScaleIn = true,
            Tags =
            [
                new AutoScalingTag { Key = "group", Value = "www", PropagateAtLaunch = true, ResourceId = "www live", ResourceType = "auto-scaling-group" },
                new AutoScalingTag { Key = "cost", Value = "12", PropagateAtLaunch = true, ResourceId = "www live", ResourceType = "auto-scaling-group" },
                new AutoScalingTag { Key = "dashboard", Value = "x", PropagateAtLaunch = false, ResourceId = "www live", ResourceType = "auto-scaling-group" },
            ],
        });
        await scaling.PutLifecycleHookAsync(new PutLifecycleHookRequest
        {
            AutoScalingGroupName = "www live",
            LifecycleHookName = "drain",
            LifecycleTransition = "autoscaling:EC2_INSTANCE_TERMINATING",
            HeartbeatTimeout = 300,
            DefaultResult = "CONTINUE",
        });
        await scaling.PutScalingPolicyAsync(new PutScalingPolicyRequest { AutoScalingGroupName = "www live", PolicyName = "busy", AdjustmentType = "ChangeInCapacity", ScalingAdjustment = 1 });

        var imported = await new LiveImport(Region, CancellationToken.None).AutoScalingGroupAsync("www live", null);

        var (name, group) = imported.Groups.Single();
        foreach (var hook in group["autoscale"]!["lifecycle_hooks"]!.OfType<JObject>())
        {
            hook.Remove("notification_target"); // moto tells of every hook the same queue and role
            hook.Remove("role_arn");
        }

        Assert.Multiple(() =>
        {
            Assert.That(name, Is.EqualTo("www-live"));
            Assert.That(imported.Carried, Does.Contain(new ImportNote("asg www live", "name", "www-live: no group can be called \"www live\"; --name chooses another")));
            Assert.That(JToken.DeepEquals(group, JObject.Parse($$"""
                {
                  "region": "us-east-1", "source_ami": "{{_image}}", "instance_type": "t3.micro", "iam_instance_profile": "web", "ebs_optimized": true,
                  "security_groups": ["{{_group}}"],
                  "launch_block_device_mappings": [{"device_name": "/dev/sda1", "volume_size": 30, "volume_type": "gp3", "delete_on_termination": true}],
                  "user_data_file": "scripts/www-live-user-data.sh", "tags": {"team": "shop", "cost": "12"},
                  "autoscale": {"node_min": 1, "node_max": 4, "node_desired": 2, "subnets": ["{{_subnets[0]}}", "{{_subnets[1]}}"], "target_groups": ["www"],
                    "health_check": {"type": "elb", "grace": 90}, "termination_policies": ["OldestInstance"],
                    "lifecycle_hooks": [{"name": "drain", "transition": "terminating", "timeout": 300, "default_result": "CONTINUE"}]}
                }
                """)), Is.True, group.ToString());
            Assert.That(Left(imported), Is.SupersetOf(new[] { "KeyName ops", "Monitoring", "NewInstancesProtectedFromScaleIn", "tag dashboard (x)", "tag group", "ScalingPolicy busy" }));
            Assert.That(Encoding.UTF8.GetString(imported.Files.Single().Content.Span), Is.EqualTo(Script));
            Assert.That(Mistakes(imported), Is.Empty);
        });
    }

    [Test]
    public async Task Group_OfMixedInstances_HasItsTypesAndItsShareOfSpot()
    {
        var template = await TemplateAsync("mixed", new RequestLaunchTemplateData { ImageId = _image, InstanceType = InstanceType.M5Large, SecurityGroupIds = [_group] });
        await Region.Clients.AutoScaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "mixed",
            MinSize = 0,
            MaxSize = 6,
            AvailabilityZones = ["us-east-1a", "us-east-1b"],
            MixedInstancesPolicy = new MixedInstancesPolicy
            {
                LaunchTemplate = new Amazon.AutoScaling.Model.LaunchTemplate
                {
                    LaunchTemplateSpecification = new Reference { LaunchTemplateId = template, Version = "$Latest" },
                    Overrides = [new Override { InstanceType = "m5.large" }, new Override { InstanceType = "m5a.large", WeightedCapacity = "2" }],
                },
                InstancesDistribution = new InstancesDistribution { OnDemandBaseCapacity = 1, OnDemandPercentageAboveBaseCapacity = 40, SpotAllocationStrategy = "lowest-price" },
            },
        });

        var imported = await new LiveImport(Region, CancellationToken.None).AutoScalingGroupAsync("mixed", GroupName.Parse("workers"));

        var (name, group) = imported.Groups.Single();
        Assert.Multiple(() =>
        {
            Assert.That(name, Is.EqualTo("workers"));
            Assert.That(group["autoscale"]!["instance_types"]!.ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("{\"types\":[\"m5.large\",\"m5a.large\"],\"spot_share\":60,\"on_demand_base\":1}"));
            Assert.That(group["autoscale"]!["zones"]!.Select(zone => (string?)zone), Is.EqualTo(new[] { "us-east-1a", "us-east-1b" }));
            Assert.That(Left(imported), Has.Some.Contain("WeightedCapacity 2 of m5a.large").And.Some.Contain("SpotAllocationStrategy lowest-price"));
            Assert.That(Mistakes(imported), Is.Empty);
        });
    }

    [Test]
    public async Task Group_WithALaunchConfiguration_IsCarriedOver()
    {
        var scaling = Region.Clients.AutoScaling;
        await scaling.CreateLaunchConfigurationAsync(new CreateLaunchConfigurationRequest
        {
            LaunchConfigurationName = "old-7",
            ImageId = _image,
            InstanceType = "m1.large",
            KeyName = "ops",
            SecurityGroups = [_group],
            AssociatePublicIpAddress = true,
            SpotPrice = "0.10",
            UserData = Convert.ToBase64String(Encoding.UTF8.GetBytes("#cloud-config\n{}\n")),
            BlockDeviceMappings = [new AutoScalingBlockDevice { DeviceName = "/dev/sdf", Ebs = new AutoScalingDisk { VolumeSize = 100, VolumeType = "gp2" } }],
        });
        await scaling.CreateAutoScalingGroupAsync(new CreateAutoScalingGroupRequest
        {
            AutoScalingGroupName = "old",
            LaunchConfigurationName = "old-7",
            MinSize = 0,
            MaxSize = 0,
            AvailabilityZones = ["us-east-1a"],
        });
        await scaling.SuspendProcessesAsync(new SuspendProcessesRequest { AutoScalingGroupName = "old", ScalingProcesses = ["AZRebalance"] });

        var imported = await new LiveImport(Region, CancellationToken.None).AutoScalingGroupAsync("old", null);

        var group = imported.Groups.Single().Value;
        Assert.Multiple(() =>
        {
            Assert.That((string?)group["instance_type"], Is.EqualTo("m1.large"));
            Assert.That((string?)group["user_data_file"], Is.EqualTo("scripts/old-user-data"));
            Assert.That((bool?)group["associate_public_ip_address"], Is.True);
            Assert.That((int?)group["launch_block_device_mappings"]![0]!["volume_size"], Is.EqualTo(100));
            Assert.That(Left(imported), Is.SupersetOf(new[] { "KeyName ops", "SpotPrice", "SuspendedProcesses: AZRebalance" }));
            Assert.That(Mistakes(imported), Is.Empty);
        });
    }

    [Test]
    public async Task Template_ByIdAndByName_IsCarriedOver()
    {
        var id = await TemplateAsync("alone", new RequestLaunchTemplateData
        {
            ImageId = _image,
            InstanceType = InstanceType.T3Micro,
            SecurityGroupIds = [_group],
            TagSpecifications = [new LaunchTemplateTagSpecificationRequest { ResourceType = ResourceType.Instance, Tags = [new Amazon.EC2.Model.Tag("group", "other")] }],
            NetworkInterfaces =
            [
                new LaunchTemplateInstanceNetworkInterfaceSpecificationRequest { DeviceIndex = 0, Groups = [_group], AssociatePublicIpAddress = true, SubnetId = _subnets[0] },
                new LaunchTemplateInstanceNetworkInterfaceSpecificationRequest { DeviceIndex = 1, SubnetId = _subnets[0] },
            ],
        });
        var import = new LiveImport(Region, CancellationToken.None);

        var byId = await import.LaunchTemplateAsync(id, null);
        var byName = await import.LaunchTemplateAsync("alone", null);

        Assert.Multiple(() =>
        {
            Assert.That(byId.ManifestText("s"), Is.EqualTo(byName.ManifestText("s")));
            Assert.That((string?)byId.Groups.Single().Value["subnet_id"], Is.EqualTo(_subnets[0]));
            Assert.That(byId.Groups.Single().Value["security_groups"]!.Select(each => (string?)each), Is.EqualTo(new[] { _group }));
            Assert.That(Left(byId), Does.Contain("NetworkInterfaces[1]").And.Contain("tag group"));
            Assert.That(Mistakes(byId), Is.Empty);
        });
    }

    [Test]
    public async Task What_IsNotThere_IsNamed()
    {
        var import = new LiveImport(Region, CancellationToken.None);

        var group = (await Assert.ThrowsAsync<BakerException>(() => import.AutoScalingGroupAsync("none", null)))!;
        var template = (await Assert.ThrowsAsync<BakerException>(() => import.LaunchTemplateAsync("lt-0123456789abcdef0", null)))!;

        Assert.That((group.Code, group.Message), Is.EqualTo((ExitCode.BadInput, "There is no Auto Scaling group \"none\" in us-east-1; nothing was written.")));
        Assert.That((template.Code, template.Message), Is.EqualTo((ExitCode.BadInput, "There is no launch template lt-0123456789abcdef0 in us-east-1; nothing was written.")));
    }

    private async Task<string> TemplateAsync(string name, RequestLaunchTemplateData data) =>
        (await Region.Clients.EC2.CreateLaunchTemplateAsync(new CreateLaunchTemplateRequest { LaunchTemplateName = name, LaunchTemplateData = data })).LaunchTemplate.LaunchTemplateId;

    private static IEnumerable<string> Left(Imported imported) => imported.Left.Select(note => note.Name);

    private static IEnumerable<Diagnostic> Mistakes(Imported imported)
    {
        var manifest = ManifestReader.Read(new SourceText("nodes.json", Encoding.UTF8.GetBytes(imported.ManifestText("s"))));
        var diagnostics = new DiagnosticBag(manifest.Source);
        var reader = new GroupReader(manifest);
        foreach (var entry in manifest.AllGroups)
        {
            reader.Read(entry, diagnostics);
        }

        return manifest.Diagnostics.Concat(diagnostics.All);
    }
}
