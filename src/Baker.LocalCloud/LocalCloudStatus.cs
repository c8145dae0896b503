using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud;

/// <summary>What a local cloud holds and has done, for <c>local:status</c>, tests and benches.</summary>
/// <param name="NotExecuted">Why instances do not run for real; null where they do.</param>
/// <param name="Resources">How many of each kind there are; instances by state, terminated ones last.</param>
/// <param name="Calls">By service and action, such as <c>ec2:RunInstances</c>, since the state was made.</param>
public sealed record LocalCloudStatus(
    string StateFolder,
    string? NotExecuted,
    IReadOnlyDictionary<string, int> Resources,
    IReadOnlyDictionary<string, CallCount> Calls);
