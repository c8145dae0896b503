using Baker.Core.Configuration;

namespace Baker.Cloud.Configuration;

/// <summary>A datastore as it was found.</summary>
/// <param name="Endpoints">Null where it has none that nodes could be given.</param>
/// <param name="Problem">Why; null where it has some.</param>
public sealed record FoundDatastore(Datastore Datastore, DatastoreEndpoints? Endpoints, string? Problem);
