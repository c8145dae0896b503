using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>A name that points at one of a group's images, in one region.</summary>
/// <param name="Since">When it was pointed there.</param>
/// <param name="By">Who did, as the cloud knows them; null where it does not say.</param>
public sealed record ImageChannel(GroupName Group, string Name, string ImageId, long Version, DateTimeOffset Since, string? By);
