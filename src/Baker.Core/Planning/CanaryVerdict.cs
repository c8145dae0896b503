namespace Baker.Core.Planning;

/// <summary>What a check says of a new fleet: the numbers, and how they are.</summary>
/// <param name="IsBad">A bound is broken: it goes back.</param>
/// <param name="IsQuiet">There was too little to judge by.</param>
public sealed record CanaryVerdict(string Text, bool IsBad, bool IsQuiet)
{
    /// <summary>Bad at this look alone: the next one says.</summary>
    public bool IsUnsure { get; init; }
}
