namespace Baker.Cli.Sessions;

/// <summary>Which clouds a run has opened.</summary>
internal sealed class OpenedClouds
{
    /// <summary>Whether AWS was among them: it may not be asked as often as the local cloud.</summary>
    public bool HasAws { get; set; }

    /// <summary>Which cloud and account it is, once a person was told.</summary>
    public string? Place { get; set; }
}
