using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.IdentityManagement;
using Amazon.IdentityManagement.Model;
using Baker.LocalCloud.Tests.Fleets;

namespace Baker.LocalCloud.Tests.Compute;

/// <summary>Networks over restarts and beside other services.</summary>
public sealed class NetworkTests
{
    private const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    [Test]
    public async Task Network_OfAProcessBefore_GoesOnInTheNext()
    {
        await using var folder = new TemporaryFolder();
        string gateway;
        await using (var first = await TestCloud.OpenAsync(folder: folder, scale: 2))
        {
            var vpc = (await first.EC2.CreateVpcAsync(new CreateVpcRequest { CidrBlock = "10.0.0.0/16" })).Vpc.VpcId;
            var subnet = (await first.EC2.CreateSubnetAsync(new CreateSubnetRequest { VpcId = vpc, CidrBlock = "10.0.0.0/24" })).Subnet.SubnetId;
            var internet = (await first.EC2.CreateInternetGatewayAsync(new CreateInternetGatewayRequest())).InternetGateway.InternetGatewayId;
            await first.EC2.AttachInternetGatewayAsync(new AttachInternetGatewayRequest { InternetGatewayId = internet, VpcId = vpc });
            var address = (await first.EC2.AllocateAddressAsync(new AllocateAddressRequest())).AllocationId;
            gateway = (await first.EC2.CreateNatGatewayAsync(new CreateNatGatewayRequest { SubnetId = subnet, AllocationId = address })).NatGateway.NatGatewayId;
        }

        await using var second = await TestCloud.OpenAsync(folder: folder, scale: 0.01);
        await Wait.UntilAsync(async () => await StateAsync(second, gateway) == "available", "the gateway that the process before began");
        await second.EC2.DeleteNatGatewayAsync(new DeleteNatGatewayRequest { NatGatewayId = gateway });
        await Wait.UntilAsync(async () => await StateAsync(second, gateway) == "deleted", "its end");
        var tables = (await second.EC2.DescribeRouteTablesAsync(new DescribeRouteTablesRequest())).RouteTables;
        Assert.That(tables.Select(each => each.Associations[0].Main), Is.EqualTo(new bool?[] { true, true }));
        Assert.That((await second.EC2.DescribeAddressesAsync(new DescribeAddressesRequest())).Addresses.Single().AssociationId, Is.Null);
    }

    [Test]
    public async Task Subnet_AndGroup_OfALoadBalancer_StayWithIt()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var vpc = (await cloud.EC2.CreateVpcAsync(new CreateVpcRequest { CidrBlock = "10.0.0.0/16" })).Vpc.VpcId;
        var subnets = new List<string>();
        foreach (var (range, zone) in new[] { ("10.0.0.0/24", "us-east-1a"), ("10.0.1.0/24", "us-east-1b") })
        {
            subnets.Add((await cloud.EC2.CreateSubnetAsync(new CreateSubnetRequest { VpcId = vpc, CidrBlock = range, AvailabilityZone = zone })).Subnet.SubnetId);
        }

        var group = (await cloud.EC2.CreateSecurityGroupAsync(new CreateSecurityGroupRequest { GroupName = "lb", Description = "d", VpcId = vpc })).GroupId;
        var internet = (await cloud.EC2.CreateInternetGatewayAsync(new CreateInternetGatewayRequest())).InternetGateway.InternetGatewayId;
        await cloud.EC2.AttachInternetGatewayAsync(new AttachInternetGatewayRequest { InternetGatewayId = internet, VpcId = vpc });
        var balancer = (await cloud.Balancing.CreateLoadBalancerAsync(new CreateLoadBalancerRequest { Name = "web", Subnets = subnets, SecurityGroups = [group] })).LoadBalancers[0].LoadBalancerArn;

        var found = (await cloud.EC2.DescribeNetworkInterfacesAsync(new DescribeNetworkInterfacesRequest { Filters = [new Filter { Name = "attachment.instance-owner-id", Values = ["amazon-elb"] }] })).NetworkInterfaces;
        Assert.That(found.Select(each => each.SubnetId), Is.EquivalentTo(subnets));
        Assert.That(found.Select(each => each.Description), Is.All.StartsWith("ELB app/web/"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DeleteSubnetAsync(new DeleteSubnetRequest { SubnetId = subnets[0] })), Is.EqualTo("DependencyViolation"));
        Assert.That(await Errors.CodeOfAsync(() => cloud.EC2.DeleteSecurityGroupAsync(new DeleteSecurityGroupRequest { GroupId = group })), Is.EqualTo("DependencyViolation"));

        await cloud.Balancing.DeleteLoadBalancerAsync(new DeleteLoadBalancerRequest { LoadBalancerArn = balancer });
        await cloud.EC2.DeleteSubnetAsync(new DeleteSubnetRequest { SubnetId = subnets[0] });
        await cloud.EC2.DeleteSecurityGroupAsync(new DeleteSecurityGroupRequest { GroupId = group });
    }

    [Test]
    public async Task Profile_JustMade_IsUnknownToLaunchesForAWhile()
    {
        await using var cloud = await TestCloud.OpenAsync(faults: "eventual=3600");
        using var access = new AmazonIdentityManagementServiceClient(cloud.Credentials, cloud.Configure(new AmazonIdentityManagementServiceConfig()));
        await access.CreateInstanceProfileAsync(new CreateInstanceProfileRequest { InstanceProfileName = "young" });

        Task LaunchAsync(string profile) => cloud.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = TestCloud.BaseImageId,
            InstanceType = "m1.large",
            MinCount = 1,
            MaxCount = 1,
            IamInstanceProfile = new IamInstanceProfileSpecification { Name = profile },
        });
        Assert.That(await Errors.CodeOfAsync(() => LaunchAsync("young")), Is.EqualTo("InvalidParameterValue"));
        Assert.That(await Errors.CodeOfAsync(() => LaunchAsync("web")), Is.EqualTo("none"), "the manifest names it");
    }

    [Test]
    public async Task Metadata_HasTheRoleOfTheProfile()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        using var access = new AmazonIdentityManagementServiceClient(cloud.Credentials, cloud.Configure(new AmazonIdentityManagementServiceConfig()));
        await access.CreateRoleAsync(new CreateRoleRequest { RoleName = "Deploy", AssumeRolePolicyDocument = Trust });
        await access.CreateInstanceProfileAsync(new CreateInstanceProfileRequest { InstanceProfileName = "servers", Path = "/web/" });
        await access.AddRoleToInstanceProfileAsync(new AddRoleToInstanceProfileRequest { InstanceProfileName = "servers", RoleName = "Deploy" });
        var id = (await cloud.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = TestCloud.BaseImageId,
            InstanceType = "m1.large",
            MinCount = 1,
            MaxCount = 1,
            IamInstanceProfile = new IamInstanceProfileSpecification { Arn = "arn:aws:iam::000000000000:instance-profile/web/servers" },
        })).Reservation.Instances[0].InstanceId;
        await cloud.UntilOnlineAsync(id);

        var asked = await cloud.RunAsync(id, "python3 -c 'import os, urllib.request as u; print(u.urlopen(os.environ[\"AWS_EC2_METADATA_SERVICE_ENDPOINT\"] + \"/latest/meta-data/iam/security-credentials/\").read().decode())'");
        Assert.That(asked.StandardOutputContent.Trim(), Is.EqualTo("Deploy"), asked.StandardErrorContent);
    }

    private static async Task<string> StateAsync(TestCloud cloud, string gateway) =>
        (await cloud.EC2.DescribeNatGatewaysAsync(new DescribeNatGatewaysRequest { NatGatewayIds = [gateway] })).NatGateways[0].State.Value;
}
