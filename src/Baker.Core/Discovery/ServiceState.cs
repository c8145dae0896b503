namespace Baker.Core.Discovery;

/// <summary>What a node says of a service of its own.</summary>
public enum ServiceState
{
    /// <summary>Others may use it.</summary>
    Serving,

    /// <summary>It will stop: nobody may begin to use it, and those who do use it still can.</summary>
    Leaving,
}
