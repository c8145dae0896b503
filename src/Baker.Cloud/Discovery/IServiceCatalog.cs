using System.Collections.Immutable;
using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Cloud.Discovery;

/// <summary>
/// Who provides what, in one environment and Region. An entry is its node's: nobody else changes it but to withdraw or remove it. What
/// was killed in between is done again, and then does what is missing; nobody misses a change by it.
/// </summary>
public interface IServiceCatalog
{
    /// <summary>Makes the entry, or changes it.</summary>
    /// <returns>Whether anything has changed, or was still to be told.</returns>
    Task<bool> AnnounceAsync(ServiceEntry entry, CancellationToken stop);

    /// <summary>Says that a service on a node will stop; the entry stays, so that those who use it see that.</summary>
    /// <returns>Whether anything has changed, or was still to be told.</returns>
    Task<bool> WithdrawAsync(ServiceName service, string instance, CancellationToken stop);

    /// <summary>Removes an entry, after it was withdrawn.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> RemoveAsync(ServiceName service, string instance, CancellationToken stop);

    /// <summary>The entries of a service, or of all; by service, then by instance.</summary>
    Task<ImmutableArray<ServiceEntry>> ReadAsync(ServiceName? service, CancellationToken stop);

    /// <summary>What changes with every change, for those who look again and again.</summary>
    Task<CatalogVersion> VersionAsync(CancellationToken stop);
}
