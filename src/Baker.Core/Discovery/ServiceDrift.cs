using Baker.Core.Manifest;

namespace Baker.Core.Discovery;

/// <summary>Something by which a service's deployment, its removal, the manifest and the catalogue are apart.</summary>
/// <param name="Kind">In one word, for programs.</param>
/// <param name="Instance">The node that it is about; null where it is about the group.</param>
/// <param name="Text">For people.</param>
public sealed record ServiceDrift(string Kind, GroupName Group, string Service, string? Instance, string Text);
