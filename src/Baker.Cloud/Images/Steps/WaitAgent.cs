using System.Text;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the SSM agent of the instance has registered, so that commands can be sent to it.</summary>
internal sealed class WaitAgent : BakeStep
{
    private const int BootLogLines = 15;

    private readonly TimeSpan _timeout;

    public WaitAgent(TimeSpan timeout) => _timeout = timeout;

    public override string Name => "agent";

    public override string Describe(Bake bake) => "wait until its SSM agent answers";

    public override bool Applies(Bake bake) => !bake.Adopted && bake.Input.Provisions;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        try
        {
            var expectation = new Expectation($"{bake.Region.Name}/agent", _timeout, $"the SSM agent of instance {bake.InstanceId}");
            await WaitRunning.WhileAliveAsync(
                bake,
                _timeout,
                enough => bake.Region.Waits.Agents.UntilAsync(bake.InstanceId!, agent => agent?.PingStatus == PingStatus.Online, expectation, enough),
                stop).ConfigureAwait(false);
        }
        catch (BakerException error) when (error.Code == ExitCode.TimedOut)
        {
            throw new BakerException(
                ExitCode.TimedOut,
                $"{error.Message}.{await BootLogAsync(bake, stop).ConfigureAwait(false)}",
                "The image needs the SSM agent, the instance an instance profile with AmazonSSMManagedInstanceCore, and a way out to the SSM endpoints. If it is only slow: \"__settings__\": {\"agent_timeout\": \"20m\"}.",
                error);
        }
        catch (AmazonSimpleSystemsManagementException error) when ((int)error.StatusCode >= 500)
        {
            bake.Note($"this endpoint cannot list SSM agents ({error.StatusCode}); sending the command without waiting");
        }
    }

    private static async Task<string> BootLogAsync(Bake bake, CancellationToken stop)
    {
        try
        {
            var request = new GetConsoleOutputRequest { InstanceId = bake.InstanceId, Latest = null };
            var answer = await bake.Region.Pacer.SendAsync(bake.Region.Clients.EC2.GetConsoleOutputAsync, request, stop).ConfigureAwait(false);
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(answer.Output ?? "")).TrimEnd();
            return text.Length == 0 ? "" : $" The end of its boot log:\n    {string.Join("\n    ", text.Split('\n').TakeLast(BootLogLines))}";
        }
        catch (Exception error) when (error is Amazon.Runtime.AmazonServiceException or FormatException)
        {
            return "";
        }
    }
}
