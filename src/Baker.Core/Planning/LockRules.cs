namespace Baker.Core.Planning;

/// <summary>Who may take a lock from whom.</summary>
public static class LockRules
{
    /// <param name="silent">How long ago the lock was last written: both times by the cloud's clock; null where it gave none.</param>
    /// <param name="isGone">Whether the holder is a process of this machine that no longer runs.</param>
    public static LockClaim Judge(LockRecord? held, TimeSpan? silent, bool isGone, bool interrupts, bool breakLock)
    {
        if (breakLock)
        {
            return LockClaim.Broken;
        }

        if (held is null)
        {
            return LockClaim.Refused;
        }

        if (isGone || silent > held.Lease)
        {
            return LockClaim.Abandoned;
        }

        return interrupts && held.Waiting ? LockClaim.Interruptible : LockClaim.Refused;
    }

    /// <summary>
    /// Who holds a lock, from its versions (oldest first): the last write that follows the version right before it.
    /// A write that does not was made on an outdated view, and counts for nothing.
    /// </summary>
    public static LockRecord? Holder(IEnumerable<(long Version, LockRecord? Record)> versions)
    {
        LockRecord? holder = null;
        foreach (var (version, record) in versions)
        {
            if (record is not null && (record.After == version - 1 || record.Run == holder?.Run))
            {
                holder = record;
            }
        }

        return holder;
    }
}
