namespace Baker.Cloud.Configuration;

/// <summary>A variable as SSM has it.</summary>
/// <param name="Value">Null for a secret that was not asked for.</param>
public sealed record ConfigValue(string Variable, string? Value, bool IsSecret, long Version, DateTimeOffset Changed)
{
    /// <summary>Who set it, as AWS knows them; only history has it.</summary>
    public string? By { get; init; }
}
