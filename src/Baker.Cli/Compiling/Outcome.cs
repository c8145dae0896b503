namespace Baker.Cli.Compiling;

/// <summary>What became, or would become, of one artefact.</summary>
internal enum Outcome : byte
{
    /// <summary>Not looked at yet.</summary>
    Pending,
    Unchanged,
    Created,
    Changed,
}
