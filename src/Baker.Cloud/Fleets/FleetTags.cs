namespace Baker.Cloud.Fleets;

/// <summary>The tags that only fleets have; the common ones are in <see cref="BakerTags"/>.</summary>
public static class FleetTags
{
    /// <summary>On an Auto Scaling group: the image its launch template has.</summary>
    public const string Image = "baker:image";

    /// <summary>On an Auto Scaling group: the processes that were suspended before <c>autoscale:suspend</c>.</summary>
    public const string Suspended = "baker:suspended-before";

    /// <summary>On an Auto Scaling group: the minimum that a drained deploy gives back when it ends.</summary>
    public const string Minimum = "baker:minimum";

    /// <summary>On an instance that a drained deploy has put into standby: the run's id.</summary>
    public const string Draining = "baker:draining";
}
