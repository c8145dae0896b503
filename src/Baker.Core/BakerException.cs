using System.Collections.Immutable;
using Baker.Core.Manifest;

namespace Baker.Core;

/// <summary>Something that a user can cause: what happened, where, and what to do. Only <c>Program</c> catches it.</summary>
public sealed class BakerException : Exception
{
    public BakerException(ExitCode code, string message, string? remedy = null, Exception? cause = null)
        : base(message, cause)
    {
        Code = code;
        Remedy = remedy;
    }

    public ExitCode Code { get; }

    /// <summary>What the reader can do about it, one sentence; printed on a line of its own.</summary>
    public string? Remedy { get; }

    /// <summary>Where the mistake is; null where it is in no file.</summary>
    public SourcePlace? Place { get; init; }

    /// <summary>All that is wrong with the manifest, in the order of its text, where that is what ended the command.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; init; } = [];
}
