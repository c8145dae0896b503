using System.Collections.Immutable;
using System.Globalization;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Communicators;

/// <summary>Reaches an instance through SSM Run Command: no port, no key, an agent on the image.</summary>
/// <param name="payloads">Brings what is sent, and knows where it waits meanwhile.</param>
/// <param name="outputs">Brings a long output back, and knows where it waits meanwhile.</param>
/// <param name="note">Is told what a person should know.</param>
internal sealed class SsmCommunicator(
    CloudRegion region,
    TimeProvider time,
    SsmTarget target,
    PayloadCarrier payloads,
    OutputCarrier outputs,
    Action<string> note) : ICommunicator
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_shortTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_urlLife = TimeSpan.FromHours(1);

    private ImmutableArray<string> _fetch = [];
    private ImmutableArray<string> _fetchSecret = [];

    public async Task UntilReadyAsync(CancellationToken stop)
    {
        try
        {
            var expectation = new Expectation(
                $"{region.Name}/agent",
                target.AgentTimeout,
                $"the SSM agent of instance {target.InstanceId}");
            await region.Waits.Agents.UntilAsync(
                target.InstanceId,
                agent => agent?.PingStatus == PingStatus.Online,
                expectation,
                stop).ConfigureAwait(false);
        }
        catch (BakerException error) when (error.Code == ExitCode.TimedOut)
        {
            var log = await InstanceConsole.EndAsync(region.Clients, region.Pacer, target.InstanceId, stop).ConfigureAwait(false);
            throw new BakerException(
                ExitCode.TimedOut,
                $"{error.Message}.{log}",
                "The image needs the SSM agent, the instance an instance profile with AmazonSSMManagedInstanceCore, "
                    + "and a way out to the SSM endpoints; an image without the agent can be reached over SSH "
                    + "(\"communicator\": \"ssh\"). If it is only slow: \"__settings__\": {\"agent_timeout\": \"20m\"}.",
                error);
        }
        catch (AmazonSimpleSystemsManagementException error) when ((int)error.StatusCode >= 500)
        {
            note($"this endpoint cannot list SSM agents ({error.StatusCode}); sending the command without waiting");
        }
    }

    public async Task SendAsync(byte[] payload, CancellationToken stop) =>
        _fetch = await payloads.LinesAsync(target.Group, target.Run, payload, s_urlLife, stop).ConfigureAwait(false);

    public async Task SendSecretAsync(ReadOnlyMemory<byte> secret, CancellationToken stop) =>
        _fetchSecret = await payloads.SecretLinesAsync(target.Group, target.Run, secret, s_urlLife, stop).ConfigureAwait(false);

    public async Task<ProvisionEnd> RunAsync(Action<string> output, CancellationToken stop)
    {
        var command = new ProvisionCommand(target.Run, reboots: target.IsOfBake);
        var commandId = await SendAsync(command.Start(_fetch, _fetchSecret), s_timeout, stop).ConfigureAwait(false);
        var reader =
            new ProvisionOutput(region, time, target, command, outputs, lines => SendAsync(lines, s_shortTimeout, stop), output, note);
        GetCommandInvocationResponse answer;
        try
        {
            answer = await WatchAsync(commandId, reader, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!target.IsOfBake)
        {
            await CancelAsync(commandId).ConfigureAwait(false); // a bake's ends with its instance
            throw;
        }

        return await reader.FinishAsync(answer, stop).ConfigureAwait(false);
    }

    /// <summary>Nothing of SSM's own is left on an instance.</summary>
    public Task LeaveAsync(CancellationToken stop) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<string> SendAsync(ImmutableArray<string> lines, TimeSpan timeout, CancellationToken stop)
    {
        var request = new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            InstanceIds = [target.InstanceId],
            Comment = $"baker {target.Run}",
            TimeoutSeconds = 600,
            Parameters = new()
            {
                ["commands"] = [.. lines],
                ["executionTimeout"] = [((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture)],
            },
        };
        var answer = await region.Pacer.SendAsync(region.Clients.SSM.SendCommandAsync, request, stop).ConfigureAwait(false);
        return answer.Command.CommandId;
    }

    /// <summary>Waits for the command's end, reading its output meanwhile.</summary>
    private async Task<GetCommandInvocationResponse> WatchAsync(string commandId, ProvisionOutput reader, CancellationToken stop)
    {
        var expectation = new Expectation(
            target.IsOfBake ? $"{region.Name}/provision/{target.Group}" : "",
            s_timeout,
            $"the end of {(target.IsOfBake ? "the provisioning" : "what was run on a node")} of {target.Group}");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reading = reader.FollowAsync(ended.Token);
        try
        {
            return await region.Waits.Invocations.UntilAsync(
                CloudWaits.InvocationId(commandId, target.InstanceId),
                IsOver,
                expectation,
                stop).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CancelAsync(string commandId)
    {
        using var bound = new CancellationTokenSource(s_farewell, time);
        try
        {
            await region.Pacer.SendAsync(
                region.Clients.SSM.CancelCommandAsync,
                new CancelCommandRequest { CommandId = commandId },
                bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            note($"the SSM command {commandId} may still run on {target.InstanceId} ({error.Message})");
        }
    }

    private static bool IsOver(GetCommandInvocationResponse? answer) =>
        answer?.Status?.Value is "Success" or "Failed" or "TimedOut" or "Cancelled";
}
