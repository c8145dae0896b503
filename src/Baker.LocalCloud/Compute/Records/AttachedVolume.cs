namespace Baker.LocalCloud.Compute.Records;

internal sealed record AttachedVolume(string DeviceName, string VolumeId, bool DeleteOnTermination, DateTimeOffset AttachedAt);
