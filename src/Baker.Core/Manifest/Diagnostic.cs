namespace Baker.Core.Manifest;

/// <summary>One thing that is wrong with a manifest: where, what, and what to do about it.</summary>
public sealed record Diagnostic(Severity Severity, string Code, string File, Position Position, string Message, string Remedy)
{
    public SourcePlace Place => new(File, Position);

    public override string ToString() =>
        $"{File}:{Position}: {(Severity == Severity.Error ? "error" : "warning")} {Code}: {Message}\n    {Remedy}";
}
