namespace Baker.Cloud.Fleets;

/// <summary>
/// What the catalogue of services has of nodes, for those who take nodes away and bring them back. All of it may be done again.
/// </summary>
public interface INodeServices
{
    /// <summary>Fails as a change would in its midst where the catalogue does not answer.</summary>
    Task RequireAsync(CancellationToken stop);

    /// <summary>Withdraws the services on instances, and gives those who use them the time to see that.</summary>
    Task WithdrawAsync(IReadOnlyCollection<string> services, IReadOnlyCollection<string> instances, CancellationToken stop);

    /// <summary>On how many of the instances each of the services serves; those that serve on none are left out.</summary>
    Task<IReadOnlyDictionary<string, int>> ServingAsync(
        IReadOnlyCollection<string> services,
        IReadOnlyCollection<string> instances,
        CancellationToken stop);

    /// <summary>Announces again what was withdrawn, and is still there.</summary>
    Task AnnounceAsync(IReadOnlyCollection<string> services, IReadOnlyCollection<string> instances, CancellationToken stop);

    /// <summary>Removes the entries of the services on instances.</summary>
    Task RemoveAsync(IReadOnlyCollection<string> services, IReadOnlyCollection<string> instances, CancellationToken stop);

    /// <summary>Removes the entries of the group's nodes that are gone.</summary>
    Task RemoveGoneAsync(IReadOnlyCollection<string> services, CancellationToken stop);
}
