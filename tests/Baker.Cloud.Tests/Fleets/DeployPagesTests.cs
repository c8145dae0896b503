using Amazon.EC2.Model;
using Baker.Cloud.Instances;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>What a deploy costs in calls.</summary>
public sealed class DeployPagesTests
{
    [Test]
    public async Task Deploy_ManyNodes_ReadsTheResultsPageByPage()
    {
        const int Nodes = 120;
        await using var stage = await LocalStage.OpenAsync();
        await stage.Clients.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = stage.Image1,
            InstanceType = Amazon.EC2.InstanceType.M5Large,
            MinCount = Nodes,
            MaxCount = Nodes,
            TagSpecifications = [new TagSpecification { ResourceType = Amazon.EC2.ResourceType.Instance, Tags = [new Tag { Key = BakerTags.Group, Value = FleetStage.Group }, new Tag { Key = BakerTags.Purpose, Value = InstanceReader.Purpose }] }],
        });
        await Wait.UntilAsync(async () => await OnlineAsync(stage) == Nodes);

        var group = new NodeGroup { Name = FleetStage.Group, Attributes = [] };
        var input = new BakeInput(group, [new PayloadFile("a.sh", "true\n"u8.ToArray())], []);
        var results = await new InstanceDeploy(stage.Context(), input, "run-1", null, "").ToAllAsync(Nodes, 0, CancellationToken.None);

        Assert.That(results.Count(result => result.IsDone), Is.EqualTo(Nodes));
        Assert.That(stage.Pacer.Calls["ListCommandInvocations"], Is.EqualTo(3), "50 a page");
        Assert.That(stage.Pacer.Calls["SendCommand"], Is.EqualTo(1));
        Assert.That(stage.Pacer.Calls.Keys, Is.EquivalentTo(new[] { "DescribeInstances", "DescribeInstanceInformation", "SendCommand", "ListCommands", "ListCommandInvocations" }));
    }

    private static async Task<int> OnlineAsync(FleetStage stage)
    {
        var (count, token) = (0, default(string));
        do
        {
            var page = await stage.Clients.SSM.DescribeInstanceInformationAsync(new Amazon.SimpleSystemsManagement.Model.DescribeInstanceInformationRequest { MaxResults = 50, NextToken = token });
            (count, token) = (count + page.InstanceInformationList.Count, page.NextToken);
        }
        while (token is not null);
        return count;
    }
}
