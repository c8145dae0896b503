using Baker.Core.Discovery;

namespace Baker.Cloud.Discovery;

/// <summary>An entry of the catalogue, and how its service is.</summary>
public sealed record AnnouncedService(ServiceEntry Entry, ServiceHealth Health, string Region);
