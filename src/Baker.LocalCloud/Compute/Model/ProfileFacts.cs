namespace Baker.LocalCloud.Compute.Model;

/// <summary>What EC2 knows of an instance profile.</summary>
/// <param name="Role">The name of its role; null where it has none.</param>
internal sealed record ProfileFacts(string Arn, string Id, string? Role, DateTimeOffset CreatedAt);
