using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core;

namespace Baker.Cloud.Communicators;

/// <summary>Brings a provisioning's output to the person as it comes, and all of it in the end.</summary>
internal sealed class ProvisionOutput(
    CloudRegion region,
    TimeProvider time,
    SsmTarget target,
    ProvisionCommand command,
    OutputCarrier carrier,
    Func<ImmutableArray<string>, Task<string>> send,
    Action<string> show,
    Action<string> note)
{
    /// <summary>So many pieces one look takes while the provisioning runs: each costs a command.</summary>
    private const int PiecesPerLook = 2;

    /// <summary>So many pieces are read in the end; more goes through a bucket, or is left on the instance but for its tail.</summary>
    private const int PiecesAtTheEnd = 5;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(12);

    /// <summary>How long an instance that went down may take to be back.</summary>
    private static readonly TimeSpan s_agentReturns = TimeSpan.FromMinutes(5);

    private readonly Decoder _decoder = new UTF8Encoding(false).GetDecoder();
    private long _offset;

    /// <summary>Reads the log every few seconds until told to stop. What goes wrong here is only a delay: the end reads the rest.</summary>
    public async Task FollowAsync(CancellationToken stop)
    {
        var pause = s_firstLook;
        await Task.Delay(pause, time, stop).ConfigureAwait(false);
        await Looking.UntilAsync(
            time,
            LookAsync,
            TimeSpan.MaxValue,
            _ => pause = pause * 1.4 < s_longestPause ? pause * 1.4 : s_longestPause,
            stop).ConfigureAwait(false);

        async Task<bool> LookAsync(TimeSpan taken)
        {
            try
            {
                for (var pieces = 0; pieces < PiecesPerLook
                    && await ReadPieceAsync(stop).ConfigureAwait(false) == ProvisionCommand.Piece; pieces++)
                {
                }
            }
            catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
            {
                // An agent that restarts, say, with or without its machine.
            }

            return false;
        }
    }

    /// <summary>Shows what is left of the output, or as much of it as takes no long time, and tidies up on the instance.</summary>
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
            try
            {
                await ReadRestAsync(size, words[1] == "0" ? ProvisionCommand.KeptLog : command.Log, stop).ConfigureAwait(false);
            }
            catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
            {
                // how the provisioning ended is known all the same
                Show($"\n==> the rest of the output could not be read: {error.Message}\n");
            }
        }

        var exitCode = int.Parse(words[1], CultureInfo.InvariantCulture);
        if (exitCode == 0 || !target.IsOfBake)
        {
            await RunAsync(command.Finish(target.IsOfBake), stop).ConfigureAwait(false);
        }

        return ProvisionEnd.Of(
            exitCode,
            words.Length > 2 ? words[2] : ProvisionEnd.IsSignal(exitCode) ? await LookAsync(stop).ConfigureAwait(false) : "");
    }

    /// <summary>What the instance says of the end, once its agent answers again; empty where it says nothing.</summary>
    private async Task<string> LookAsync(CancellationToken stop)
    {
        try
        {
            await region.Waits.Agents.UntilAsync(
                target.InstanceId,
                agent => agent?.PingStatus?.Value == "Online",
                new Expectation("", s_agentReturns, $"the SSM agent of {target.InstanceId}"),
                stop).ConfigureAwait(false);
            return (await RunAsync(command.Look(), stop).ConfigureAwait(false)).StandardOutputContent?.Trim() ?? "";
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
        {
            return "";
        }
    }

    private async Task ReadRestAsync(long size, string path, CancellationToken stop)
    {
        if (size - _offset > PiecesAtTheEnd * ProvisionCommand.Piece && !await FetchRestAsync(size, stop).ConfigureAwait(false))
        {
            var left = Math.Max(0, size - _offset - PiecesPerLook * ProvisionCommand.Piece);
            _offset += left;
            _decoder.Reset();
            var place = path == command.Log ? $"instance {target.InstanceId}" : "image";
            Show(string.Create(
                CultureInfo.InvariantCulture,
                $"\n==> {left:N0} bytes of output are left out here; all of it is in {path} on the {place}\n"));
        }

        while (_offset < size && await ReadPieceAsync(stop).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <summary>Takes the rest of the log through the bucket, where there is one and the instance can reach it.</summary>
    private async Task<bool> FetchRestAsync(long size, CancellationToken stop)
    {
        if (await carrier.UrlAsync(target.Group, target.Run).ConfigureAwait(false) is not { } url)
        {
            return false;
        }

        try
        {
            if (await RunAsync(command.Put(_offset, url), stop).ConfigureAwait(false) is { Status.Value: "Success" })
            {
                _offset += await carrier.ReadAsync(Take, stop).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
        {
            note($"the output does not come through bucket {carrier.Bucket}: {error.Message}");
        }

        return _offset >= size;
    }

    private async Task<int> ReadPieceAsync(CancellationToken stop)
    {
        var answer = await RunAsync(command.Read(_offset), stop).ConfigureAwait(false);
        var bytes = Convert.FromBase64String((answer.StandardOutputContent ?? "").Trim());
        _offset += bytes.Length;
        Take(bytes);
        return bytes.Length;
    }

    /// <summary>Shows a piece, which may begin and end inside a character.</summary>
    private void Take(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[_decoder.GetCharCount(bytes, flush: false)];
        Show(new string(characters, 0, _decoder.GetChars(bytes, characters, flush: false)));
    }

    private async Task<GetCommandInvocationResponse> RunAsync(ImmutableArray<string> lines, CancellationToken stop)
    {
        var commandId = await send(lines).ConfigureAwait(false);
        return await region.Waits.Invocations.UntilAsync(
            CloudWaits.InvocationId(commandId, target.InstanceId),
            answer => answer?.Status?.Value is "Success" or "Failed" or "TimedOut" or "Cancelled",
            new Expectation($"{region.Name}/command", TimeSpan.FromMinutes(2), $"the end of a command on {target.InstanceId}"),
            stop).ConfigureAwait(false);
    }

    private void Show(string text)
    {
        if (text.Length > 0)
        {
            show(text);
        }
    }
}
