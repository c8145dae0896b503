namespace Baker.Cloud.Pacing;

/// <summary>
/// Which of the calls that wait for the account's rate go first: what has begun is brought on before anything else begins.
/// </summary>
internal enum CallOrder
{
    /// <summary>A look at what is waited for. The polls themselves leave most of the rate to the other calls.</summary>
    Look,

    Change,

    Launch,
}
