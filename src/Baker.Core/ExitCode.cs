namespace Baker.Core;

/// <summary>The documented exit codes of <c>package</c> (docs/exit-codes.md).</summary>
public enum ExitCode
{
    Done = 0,

    /// <summary>The arguments or the manifest are wrong.</summary>
    BadInput = 1,

    /// <summary>A <c>--check</c> or a <c>--dry-run</c> found changes.</summary>
    Changes = 2,

    /// <summary>The cloud refused or failed.</summary>
    CloudFailed = 3,

    /// <summary>Timed out, or what came up is not healthy.</summary>
    TimedOut = 4,

    /// <summary>A bug in Baker.</summary>
    Bug = 70,

    Interrupted = 130,
}
