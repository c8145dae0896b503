namespace Baker.LocalCloud.Storage;

/// <summary>Another process is using the local cloud of this folder.</summary>
public sealed class StateBusyException(string folder, LockHolder? holder, Exception? cause = null)
    : Exception(
        holder is null
            ? $"the local cloud in {folder} is in use by another process"
            : $"the local cloud in {folder} is in use by '{holder.Command}' (process {holder.ProcessId}, "
                + $"since {holder.Since:yyyy-MM-dd HH:mm:ss}Z)",
        cause)
{
    public LockHolder? Holder { get; } = holder;
}
