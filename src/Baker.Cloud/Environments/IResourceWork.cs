using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>
/// How resources of some kinds are found, made, changed and removed. Everything may be done again after it was interrupted.
/// </summary>
internal interface IResourceWork
{
    bool IsOf(ResourceKind kind);

    /// <summary>Adds what there is to what was found, and what it is called on the cloud to what is known.</summary>
    Task ObserveAsync(EnvironmentScope scope, CancellationToken stop);

    Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop);

    Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop);

    Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop);
}
