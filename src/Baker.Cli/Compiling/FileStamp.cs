namespace Baker.Cli.Compiling;

/// <summary>What tells, without reading it, whether a file was touched: its length and its modification time in ticks.</summary>
internal sealed record FileStamp(long Length, long Modified)
{
    /// <summary>The stamp of a file; null when it is not there.</summary>
    public static FileStamp? Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks) : null;
    }
}
