namespace Baker.Cli.Compiling;

/// <summary>What tells, without reading it, whether a file was touched: its length and its modification time in ticks.</summary>
internal sealed record FileStamp(long Length, long Modified);
