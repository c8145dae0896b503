namespace Baker.Core.Planning;

/// <summary>What may be done about a lock that exists.</summary>
public enum LockClaim
{
    /// <summary>Somebody alive has it.</summary>
    Refused,

    /// <summary>Its run is over: its lease has passed by the cloud's clock, or its process is gone.</summary>
    Abandoned,

    /// <summary>Its run only waits, and what asks may interrupt a wait.</summary>
    Interruptible,

    /// <summary>The person said <c>--break-lock</c>.</summary>
    Broken,
}
