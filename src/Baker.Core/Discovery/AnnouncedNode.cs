using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Core.Discovery;

/// <summary>What others than the node itself say of it.</summary>
/// <param name="Group">The group that its tag names.</param>
/// <param name="State">EC2's, such as <c>running</c>.</param>
/// <param name="Addresses">All of its addresses.</param>
/// <param name="Seen">As its fleet, the status checks and the load balancers see it.</param>
public sealed record AnnouncedNode(string Group, string State, ImmutableArray<string> Addresses, FleetInstance Seen);
