namespace Baker.Core.Planning;

/// <summary>What a journal is the record of.</summary>
public enum FleetAction
{
    Run,
    Update,
    Roll,
    Rollback,
    Delete,
}
