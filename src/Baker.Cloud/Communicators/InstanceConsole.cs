using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud.Communicators;

/// <summary>What an instance has printed while it booted. AWS shows it late, and on Nitro on request as it stands.</summary>
internal static class InstanceConsole
{
    private const int BootLogLines = 15;

    /// <summary>The console's text; empty where there is none yet.</summary>
    public static async Task<string> ReadAsync(CloudClients clients, Pacer pacer, string instanceId, CancellationToken stop)
    {
        try
        {
            return Text(await pacer.SendAsync(
                clients.EC2.GetConsoleOutputAsync,
                new GetConsoleOutputRequest { InstanceId = instanceId, Latest = true },
                stop).ConfigureAwait(false));
        }
        catch (AmazonEC2Exception error)
            when (error.ErrorCode is "UnsupportedOperation" or "InvalidParameterCombination" or "InvalidParameterValue")
        {
            return Text(await pacer.SendAsync(
                clients.EC2.GetConsoleOutputAsync,
                new GetConsoleOutputRequest { InstanceId = instanceId },
                stop).ConfigureAwait(false));
        }
    }

    /// <summary>Its last lines, as the end of a message about an instance that does not answer; empty where there are none.</summary>
    public static async Task<string> EndAsync(CloudClients clients, Pacer pacer, string instanceId, CancellationToken stop)
    {
        var lines = await LastLinesAsync(clients, pacer, instanceId, BootLogLines, stop).ConfigureAwait(false);
        return lines.Length == 0 ? "" : $" The end of its boot log:\n    {string.Join("\n    ", lines)}";
    }

    /// <summary>Its last lines; none where it cannot be read: they are a courtesy.</summary>
    public static async Task<string[]> LastLinesAsync(
        CloudClients clients,
        Pacer pacer,
        string instanceId,
        int count,
        CancellationToken stop)
    {
        try
        {
            var text = await ReadAsync(clients, pacer, instanceId, stop).ConfigureAwait(false);
            return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(count)];
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
        {
            return [];
        }
    }

    private static string Text(GetConsoleOutputResponse answer)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(answer.Output ?? ""));
        }
        catch (FormatException)
        {
            return "";
        }
    }
}
