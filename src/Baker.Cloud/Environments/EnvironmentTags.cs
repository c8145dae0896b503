namespace Baker.Cloud.Environments;

/// <summary>The tags of what is made around the fleets.</summary>
internal static class EnvironmentTags
{
    /// <summary>The environment, for the user's own tooling.</summary>
    public const string Environment = "environment";

    /// <summary>What it is: environment, kind and key, with slashes between.</summary>
    public const string Resource = "baker:resource";

    /// <summary>On an Auto Scaling group: that its warm pool is the manifest's.</summary>
    public const string WarmPool = "baker:warm-pool";
}
