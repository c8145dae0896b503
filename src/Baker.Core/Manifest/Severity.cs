namespace Baker.Core.Manifest;

/// <summary>Whether a diagnostic stops the command.</summary>
public enum Severity
{
    Error,
    Warning,
}
