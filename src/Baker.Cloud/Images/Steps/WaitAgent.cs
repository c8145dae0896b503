using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Communicators;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Steps;

/// <summary>Waits until the SSM agent of the instance has registered, so that commands can be sent to it.</summary>
internal sealed class WaitAgent : BakeStep
{
    private readonly TimeSpan _timeout;

    public WaitAgent(TimeSpan timeout) => _timeout = timeout;

    public override string Name => "agent";

    public override string Describe(Bake bake) => "wait until its SSM agent answers";

    public override bool Applies(Bake bake) => !bake.Adopted && bake.Input.Provisions && bake.Group.Communicator == CommunicatorKind.Ssm;

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
                $"{error.Message}.{await InstanceConsole.EndAsync(bake.Region.Clients, bake.Region.Pacer, bake.InstanceId!, stop).ConfigureAwait(false)}",
                "The image needs the SSM agent, the instance an instance profile with AmazonSSMManagedInstanceCore, and a way out to the SSM endpoints. If it is only slow: \"__settings__\": {\"agent_timeout\": \"20m\"}.",
                error);
        }
        catch (AmazonSimpleSystemsManagementException error) when ((int)error.StatusCode >= 500)
        {
            bake.Note($"this endpoint cannot list SSM agents ({error.StatusCode}); sending the command without waiting");
        }
    }
}
