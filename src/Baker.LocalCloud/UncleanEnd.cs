using System.ComponentModel;
using System.Globalization;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud;

/// <summary>How the command ended that had the local cloud open before, where it did not close it.</summary>
public sealed record UncleanEnd(LockHolder Holder, string Cause)
{
    private const string Killed = "it was killed; where memory had run out the kernel did that, and its log (dmesg) says so";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Holder.Command} (process {Holder.ProcessId}, since {Holder.Since:yyyy-MM-dd HH:mm:ss}Z) had not closed the local cloud ")
        + $"when it ended: {Cause}. Nothing that it had been answered is lost, and what it had begun is found again.";

    internal static async Task<UncleanEnd> OfAsync(LockHolder holder, CancellationToken stop) => new(
        holder,
        !holder.IsOfThisBoot ? "the machine went down"
        : await IsInKernelLogAsync(holder.ProcessId, stop).ConfigureAwait(false) ? "memory had run out, and the kernel ended it"
        : Killed);

    private static async Task<bool> IsInKernelLogAsync(int process, CancellationToken stop)
    {
        if (HostCommand.Find("dmesg") is not { } dmesg)
        {
            return false;
        }

        using var bound = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bound.CancelAfter(s_limit);
        try
        {
            var (_, log, _) = await HostCommand.RunAsync(dmesg, [], "/", bound.Token).ConfigureAwait(false);
            var line = string.Create(CultureInfo.InvariantCulture, $"out of memory: Killed process {process} (");
            return log.Contains(line, StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception error) when (error is Win32Exception or IOException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
