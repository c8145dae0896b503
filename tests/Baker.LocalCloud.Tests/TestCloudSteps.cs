using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;

namespace Baker.LocalCloud.Tests;

/// <summary>What most tests do to a local cloud.</summary>
internal static class TestCloudSteps
{
    public static async Task<string> LaunchAsync(this TestCloud cloud, string imageId = TestCloud.BaseImageId, string? userData = null, string? token = null)
    {
        var request = new RunInstancesRequest { ImageId = imageId, InstanceType = "m1.large", MinCount = 1, MaxCount = 1, ClientToken = token };
        if (userData is not null)
        {
            request.UserData = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(userData));
        }

        return (await cloud.EC2.RunInstancesAsync(request)).Reservation.Instances[0].InstanceId;
    }

    public static async Task<Instance> FindAsync(this TestCloud cloud, string id) =>
        (await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [id] })).Reservations[0].Instances[0];

    public static Task UntilStateAsync(this TestCloud cloud, string id, string state) =>
        Wait.UntilAsync(async () => (await cloud.FindAsync(id)).State.Name == state, $"{id} to be {state}");

    public static Task UntilOnlineAsync(this TestCloud cloud, string id) => Wait.UntilAsync(
        async () => (await cloud.SSM.DescribeInstanceInformationAsync(new DescribeInstanceInformationRequest
        {
            Filters = [new InstanceInformationStringFilter { Key = "InstanceIds", Values = [id] }],
        })).InstanceInformationList?.Exists(i => i.PingStatus == "Online") == true,
        $"the agent of {id}");

    /// <summary>Waits until the user data has run, which the agent does not wait for; its console.</summary>
    public static async Task<string> UntilBootedAsync(this TestCloud cloud, string id)
    {
        var console = "";
        await Wait.UntilAsync(
            async () =>
            {
                var output = (await cloud.EC2.GetConsoleOutputAsync(new GetConsoleOutputRequest { InstanceId = id })).Output;
                console = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(output ?? ""));
                return console.Contains("boot finished", StringComparison.Ordinal);
            },
            $"{id} to have booted");
        return console;
    }

    public static async Task<GetCommandInvocationResponse> RunAsync(this TestCloud cloud, string id, params string[] commands)
    {
        var sent = await cloud.SSM.SendCommandAsync(new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            InstanceIds = [id],
            Parameters = new Dictionary<string, List<string>> { ["commands"] = [.. commands] },
        });
        GetCommandInvocationResponse? result = null;
        await Wait.UntilAsync(
            async () =>
            {
                result = await cloud.SSM.GetCommandInvocationAsync(new GetCommandInvocationRequest { CommandId = sent.Command.CommandId, InstanceId = id });
                return result.Status != "InProgress" && result.Status != "Pending";
            },
            "the command to end");
        return result!;
    }

    public static async Task<Image> BakeAsync(this TestCloud cloud, string instanceId, string name, bool noReboot = false)
    {
        var id = (await cloud.EC2.CreateImageAsync(new CreateImageRequest { InstanceId = instanceId, Name = name, NoReboot = noReboot })).ImageId;
        Image? image = null;
        await Wait.UntilAsync(
            async () =>
            {
                image = (await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [id] })).Images[0];
                return image.State != ImageState.Pending;
            },
            "the image");
        return image!;
    }
}
