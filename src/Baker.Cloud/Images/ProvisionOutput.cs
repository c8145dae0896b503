using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Images;

/// <summary>Brings a provisioning's output to the person as it comes, and all of it in the end.</summary>
internal sealed class ProvisionOutput(Bake bake, ProvisionCommand command, Func<ImmutableArray<string>, Task<string>> send)
{
    private static readonly TimeSpan s_firstLook = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(12);

    /// <summary>How long an instance that went down may take to be back.</summary>
    private static readonly TimeSpan s_agentReturns = TimeSpan.FromMinutes(5);

    private readonly Decoder _decoder = new UTF8Encoding(false).GetDecoder();
    private readonly StringBuilder _tail = new();
    private long _offset;

    /// <summary>Reads the log every few seconds until told to stop. What goes wrong here is only a delay: the end reads the rest.</summary>
    public async Task FollowAsync(CancellationToken stop)
    {
        var pause = s_firstLook;
        while (true)
        {
            await Task.Delay(pause, bake.Run.Time, stop).ConfigureAwait(false);
            try
            {
                while (await ReadPieceAsync(stop).ConfigureAwait(false) == ProvisionCommand.Piece)
                {
                }
            }
            catch (Exception error) when (error is AmazonServiceException or BakerException)
            {
                // An agent that restarts, say, with or without its machine.
            }

            pause = pause * 1.4 < s_longestPause ? pause * 1.4 : s_longestPause;
        }
    }

    /// <summary>Shows what is left of the output and tidies up on the instance.</summary>
    public async Task<ProvisionEnd> FinishAsync(GetCommandInvocationResponse answer, CancellationToken stop)
    {
        var output = answer.StandardOutputContent ?? "";
        var mark = output.LastIndexOf("@baker ", StringComparison.Ordinal);
        var words = mark < 0 ? [] : output[(mark + 7)..].Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            // The command ended without our last line: it timed out, was cancelled, or the endpoint runs nothing.
            Show(output + answer.StandardErrorContent);
            return answer.Status == "Success" ? new ProvisionEnd(0, null)
                : ProvisionEnd.Of(answer.ResponseCode is { } code and not 0 ? code : -1, await LookAsync(stop).ConfigureAwait(false));
        }

        if (_offset == 0 && size <= ProvisionCommand.Whole)
        {
            Show(output[..mark]);
        }
        else
        {
            while (_offset < size && await ReadPieceAsync(stop).ConfigureAwait(false) > 0)
            {
            }
        }

        var exitCode = int.Parse(words[1], CultureInfo.InvariantCulture);
        if (exitCode == 0)
        {
            await RunAsync(command.Finish(), stop).ConfigureAwait(false);
        }

        return ProvisionEnd.Of(exitCode, words.Length > 2 ? words[2] : ProvisionEnd.IsSignal(exitCode) ? await LookAsync(stop).ConfigureAwait(false) : "");
    }

    /// <summary>What the instance says of the end, once its agent answers again; empty where it says nothing.</summary>
    private async Task<string> LookAsync(CancellationToken stop)
    {
        try
        {
            await bake.Region.Waits.Agents.UntilAsync(
                bake.InstanceId!,
                agent => agent?.PingStatus?.Value == "Online",
                new Expectation("", s_agentReturns, $"the SSM agent of {bake.InstanceId}"),
                stop).ConfigureAwait(false);
            return (await RunAsync(command.Look(), stop).ConfigureAwait(false)).StandardOutputContent?.Trim() ?? "";
        }
        catch (Exception error) when (error is AmazonServiceException or BakerException)
        {
            return "";
        }
    }

    public IEnumerable<string> LastLines(int count) => _tail.ToString().TrimEnd().Split('\n').TakeLast(count);

    private async Task<int> ReadPieceAsync(CancellationToken stop)
    {
        var answer = await RunAsync(command.Read(_offset), stop).ConfigureAwait(false);
        var bytes = Convert.FromBase64String((answer.StandardOutputContent ?? "").Trim());
        if (bytes.Length > 0)
        {
            _offset += bytes.Length;
            var characters = new char[_decoder.GetCharCount(bytes, 0, bytes.Length)];
            Show(new string(characters, 0, _decoder.GetChars(bytes, 0, bytes.Length, characters, 0)));
        }

        return bytes.Length;
    }

    private async Task<GetCommandInvocationResponse> RunAsync(ImmutableArray<string> lines, CancellationToken stop)
    {
        var commandId = await send(lines).ConfigureAwait(false);
        return await bake.Region.Waits.Invocations.UntilAsync(
            CloudWaits.InvocationId(commandId, bake.InstanceId!),
            answer => answer?.Status?.Value is "Success" or "Failed" or "TimedOut" or "Cancelled",
            new Expectation($"{bake.Region.Name}/command", TimeSpan.FromMinutes(2), $"the end of a command on {bake.InstanceId}"),
            stop).ConfigureAwait(false);
    }

    private void Show(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        bake.Run.Watcher.Output(bake.Group.Name, text);
        _tail.Append(text);
        if (_tail.Length > 64_000)
        {
            _tail.Remove(0, _tail.Length - 32_000);
        }
    }
}
