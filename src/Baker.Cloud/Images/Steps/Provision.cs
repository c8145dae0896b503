using System.Collections.Immutable;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Brings scripts, roles and DNA to the instance and runs them there through SSM Run Command, output shown as it comes.</summary>
internal sealed class Provision : BakeStep
{
    private const int LastLines = 20;
    private static readonly TimeSpan s_timeout = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_urlLife = TimeSpan.FromHours(1);

    public override string Name => "provision";

    public override string Describe(Bake bake)
    {
        var steps = bake.Input.Scripts.Select(script => script.Path).ToList();
        if (bake.Group.RunList.Length > 0)
        {
            steps.Add($"chef-solo with {bake.Group.RunList.Length} run list items");
        }

        return $"run through {(bake.LogsIn ? "SSH" : "SSM")}: {string.Join(", ", steps)}";
    }

    public override bool Applies(Bake bake) => !bake.Adopted && bake.Input.Provisions;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        var payload = Payload.Pack(bake.Input);
        if (bake.Communicator is { } ssh)
        {
            await ssh.SendAsync(payload, stop).ConfigureAwait(false);
            var tail = "";
            var exit = await WaitRunning.WhileAliveAsync(
                bake,
                s_timeout,
                enough => ssh.RunAsync(
                    text =>
                    {
                        bake.Run.Watcher.Output(bake.Group.Name, text);
                        tail = (tail + text)[^Math.Min(tail.Length + text.Length, 32_000)..];
                    },
                    enough),
                stop).ConfigureAwait(false);
            if (exit != 0)
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"provisioning {bake.Group.Name} failed with exit code {exit}. Its last lines:\n    {string.Join("\n    ", tail.TrimEnd().Split('\n').TakeLast(LastLines))}",
                    $"The whole output is in {Path.GetFileName(bake.Run.Options.StateFolder)}/logs/{bake.Group.Name}.log; --on-error keep leaves the instance for a look.");
            }

            return;
        }

        var fetch = await bake.Carrier.LinesAsync(bake.Group.Name, bake.Run.Id, payload, s_urlLife, stop).ConfigureAwait(false);
        var command = new ProvisionCommand(bake.Run.Id);
        var commandId = await SendAsync(bake, command.Start(fetch), s_timeout, stop).ConfigureAwait(false);
        var reader = new ProvisionOutput(bake, command, text => SendAsync(bake, text, TimeSpan.FromMinutes(1), stop));
        var answer = await WatchAsync(bake, commandId, reader, stop).ConfigureAwait(false);
        var (code, cause) = await WaitRunning.WhileAliveAsync(bake, s_timeout, enough => reader.FinishAsync(answer, enough), stop).ConfigureAwait(false);
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"provisioning {bake.Group.Name} failed with exit code {code}{(cause is null ? "" : $": {cause}")}. Its last lines:\n    {string.Join("\n    ", reader.LastLines(LastLines))}",
                $"The whole output is in {Path.GetFileName(bake.Run.Options.StateFolder)}/logs/{bake.Group.Name}.log; --on-error keep leaves the instance for a look.");
        }
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        await bake.Carrier.RemoveAsync(stop).ConfigureAwait(false);
        await bake.Output.RemoveAsync(stop).ConfigureAwait(false);
    }

    private static async Task<string> SendAsync(Bake bake, ImmutableArray<string> lines, TimeSpan timeout, CancellationToken stop)
    {
        var request = new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            InstanceIds = [bake.InstanceId!],
            Comment = $"baker {bake.Run.Id}",
            TimeoutSeconds = 600,
            Parameters = new()
            {
                ["commands"] = [.. lines],
                ["executionTimeout"] = [((int)timeout.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture)],
            },
        };
        var answer = await bake.Region.Pacer.SendAsync(bake.Region.Clients.SSM.SendCommandAsync, request, stop).ConfigureAwait(false);
        return answer.Command.CommandId;
    }

    /// <summary>Waits for the command's end, reading its output meanwhile; an instance that dies ends it too.</summary>
    private static Task<GetCommandInvocationResponse> WatchAsync(Bake bake, string commandId, ProvisionOutput reader, CancellationToken stop)
    {
        var expectation = new Expectation($"{bake.Region.Name}/provision/{bake.Group.Name}", s_timeout, $"the end of the provisioning of {bake.Group.Name}");
        return WaitRunning.WhileAliveAsync(bake, s_timeout, FollowAsync, stop);

        async Task<GetCommandInvocationResponse> FollowAsync(CancellationToken enough)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(enough);
            var reading = reader.FollowAsync(ended.Token);
            try
            {
                return await bake.Region.Waits.Invocations.UntilAsync(CloudWaits.InvocationId(commandId, bake.InstanceId!), IsOver, expectation, enough).ConfigureAwait(false);
            }
            finally
            {
                await ended.CancelAsync().ConfigureAwait(false);
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static bool IsOver(GetCommandInvocationResponse? answer) =>
        answer?.Status?.Value is "Success" or "Failed" or "TimedOut" or "Cancelled";
}
