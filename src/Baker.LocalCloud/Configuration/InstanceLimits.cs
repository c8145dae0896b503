namespace Baker.LocalCloud.Configuration;

/// <summary>What one instance may take of this machine.</summary>
public sealed record InstanceLimits
{
    /// <summary>How many processes and threads.</summary>
    public long Processes { get; init; } = 4096;

    /// <summary>How much memory, in MiB: half of the machine's, unless the manifest says.</summary>
    public long Memory { get; init; } = Math.Max(256, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / Mebibyte);

    internal const long Mebibyte = 1024 * 1024;
}
