using System.Collections.Immutable;

namespace Baker.Cloud.Images.Catalog;

/// <summary>What is removed, in this order, and what is kept.</summary>
public sealed record RemovalPlan(ImmutableArray<RemovalStep> Steps, ImmutableArray<KeptImage> Kept);
