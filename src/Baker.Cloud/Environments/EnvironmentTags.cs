namespace Baker.Cloud.Environments;

/// <summary>The tags of what is made around the fleets.</summary>
internal static class EnvironmentTags
{
    /// <summary>What it is: environment, kind and key, with slashes between.</summary>
    public const string Resource = "baker:resource";
}
