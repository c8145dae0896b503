using System.Collections.Immutable;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud.Fleets;

/// <summary>The processes of an Auto Scaling group that can be suspended, as SuspendProcesses spells them.</summary>
public static class ScalingProcesses
{
    public static ImmutableArray<string> All { get; } =
    [
        "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck", "InstanceRefresh",
        "ReplaceUnhealthy", "ScheduledActions",
    ];

    /// <exception cref="BakerException">One of the names is no process; the message says which, and which there are.</exception>
    public static void Check(IEnumerable<string> names)
    {
        if (names.FirstOrDefault(name => !All.Contains(name)) is { } unknown)
        {
            var meant = DidYouMean.Nearest(unknown, All) is { } near ? $"Did you mean {Quoting.Quote(near)}? " : "";
            throw new BakerException(
                ExitCode.BadInput,
                $"There is no scaling process {Quoting.Quote(unknown)}.",
                $"{meant}There are {string.Join(", ", All[..5])},\n  {string.Join(", ", All[5..])}.");
        }
    }
}
