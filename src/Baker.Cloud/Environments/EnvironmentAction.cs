namespace Baker.Cloud.Environments;

/// <summary>What is done with an environment as a whole.</summary>
public enum EnvironmentAction
{
    /// <summary>Everything that is missing is made, and what differs changed; fleets that run keep their instances.</summary>
    Create,

    /// <summary>The same, and fleets get an image that is current.</summary>
    Update,

    /// <summary>What belongs to one group's fleet alone.</summary>
    Scaling,

    /// <summary>What nodes are given of datastores alone.</summary>
    Endpoints,

    Delete,
}
