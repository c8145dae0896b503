using System.Globalization;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Images;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Instances;

/// <summary>Converges running nodes through SSM Run Command: one command a group, sent to its tag, so many nodes at a time.</summary>
public sealed class InstanceDeploy(CloudClients clients, Pacer pacer, TimeProvider time, TimeSpan poll)
{
    private const int LargestInline = 40_000;

    /// <summary>Of so many failed nodes all of the output is asked for; the listing has 2,500 characters of each other's.</summary>
    private const int ShownInFull = 20;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);

    /// <summary>Sends the group's payload to all of its nodes and waits for the last.</summary>
    public async Task<List<DeployResult>> RunAsync(BakeInput input, string run, int atOnce, int maxErrors, Action<string> say, CancellationToken stop)
    {
        var group = input.Group.Name;
        var payload = Payload.Pack(input);
        if (payload.Length > LargestInline)
        {
            throw new BakerException(ExitCode.BadInput, $"The scripts and roles of {group} are {payload.Length / 1000} KB packed, more than fits into an SSM command ({LargestInline / 1000} KB).", "Bake them into an image, and deploy that with autoscale:update.");
        }

        var sent = await pacer.SendOnceAsync(clients.SSM.SendCommandAsync, Request(group, run, payload, atOnce, maxErrors), stop).ConfigureAwait(false);
        var id = sent.Command.CommandId;
        await UntilOverAsync(group, id, say, stop).ConfigureAwait(false);
        return await ResultsAsync(group, id, stop).ConfigureAwait(false);
    }

    private static SendCommandRequest Request(string group, string run, byte[] payload, int atOnce, int maxErrors) => new()
    {
        DocumentName = "AWS-RunShellScript",
        Comment = $"package instance:deploy {group} ({run})",
        Targets =
        [
            new Target { Key = "tag:" + BakerTags.Group, Values = [group] },
            new Target { Key = "tag:" + BakerTags.Purpose, Values = [InstanceReader.Purpose] },
        ],
        MaxConcurrency = atOnce.ToString(CultureInfo.InvariantCulture),
        MaxErrors = maxErrors.ToString(CultureInfo.InvariantCulture),
        Parameters = new Dictionary<string, List<string>>
        {
            ["commands"] =
            [
                "#!/bin/sh",
                "set -e",
                "umask 077",
                "folder=$(mktemp -d)",
                "trap 'rm -rf \"$folder\"' EXIT",
                "cd \"$folder\"",
                .. ProvisionCommand.Inline(payload),
                "tar -xzf payload.tar.gz",
                "sh ./run.sh 2>&1",
            ],
        },
    };

    /// <summary>
    /// One call a look, however many nodes there are: the command itself counts them. The looks come further apart the longer
    /// it takes, so that it is noticed a tenth late at most, and an hour costs a hundred calls.
    /// </summary>
    private async Task UntilOverAsync(string group, string id, Action<string> say, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        string? said = null;
        while (true)
        {
            var reply = await pacer.SendAsync(clients.SSM.ListCommandsAsync, new ListCommandsRequest { CommandId = id }, stop).ConfigureAwait(false);
            if (reply.Commands is [var command, ..])
            {
                var line = $"{group}: {command.CompletedCount ?? 0} of {command.TargetCount ?? 0} done{((command.ErrorCount ?? 0) > 0 ? $", {command.ErrorCount} failed" : "")}";
                if (line != said)
                {
                    say(said = line);
                }

                if (command.Status?.Value is "Success" or "Failed" or "Cancelled" or "TimedOut" or "Incomplete" or "DeliveryTimedOut" or "NoInstancesInTag")
                {
                    return;
                }
            }

            var tenth = time.GetElapsedTime(began) / 10;
            await Task.Delay(tenth < poll ? poll : tenth < s_longestWait ? tenth : s_longestWait, time, stop).ConfigureAwait(false);
        }
    }

    private async Task<List<DeployResult>> ResultsAsync(string group, string id, CancellationToken stop)
    {
        var results = new List<DeployResult>();
        var request = new ListCommandInvocationsRequest { CommandId = id, MaxResults = 50, Details = true };
        var shown = 0;
        do
        {
            var page = await pacer.SendAsync(clients.SSM.ListCommandInvocationsAsync, request, stop).ConfigureAwait(false);
            foreach (var each in page.CommandInvocations ?? [])
            {
                var status = each.Status?.Value ?? "Unknown";
                var output = status is "Success" or "Cancelled" ? ""
                    : shown++ < ShownInFull ? await OutputAsync(id, each.InstanceId, stop).ConfigureAwait(false)
                    : string.Concat((each.CommandPlugins ?? []).Select(plugin => plugin.Output)).TrimEnd();
                results.Add(new DeployResult(group, each.InstanceId, status, output));
            }

            request.NextToken = page.NextToken;
        }
        while (!string.IsNullOrEmpty(request.NextToken));
        return results;
    }

    private async Task<string> OutputAsync(string id, string instance, CancellationToken stop)
    {
        try
        {
            var reply = await pacer.SendAsync(clients.SSM.GetCommandInvocationAsync, new GetCommandInvocationRequest { CommandId = id, InstanceId = instance }, stop).ConfigureAwait(false);
            return $"{reply.StandardOutputContent}{reply.StandardErrorContent}".TrimEnd();
        }
        catch (AmazonSimpleSystemsManagementException)
        {
            return "";
        }
    }
}
