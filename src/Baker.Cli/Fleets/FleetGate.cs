using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;
using Baker.Core.Planning;

namespace Baker.Cli.Fleets;

/// <summary>
/// Keeps a change of groups from beginning while their environment is frozen or the deploy window of one is closed, unless the operator
/// gives a reason to go on. The same for every command: <see cref="ChangeCommand"/> asks before its first step.
/// </summary>
/// <param name="reason">What <c>--override</c> said.</param>
/// <param name="recording">What keeps the record of the change that it lets through.</param>
/// <param name="isAlwaysOpen">For what is done about something sick: it is recorded, and never refused.</param>
internal sealed class FleetGate(
    Session session,
    FleetSession fleet,
    IReadOnlyList<NodeGroup> groups,
    string? reason,
    ChangeRecording recording,
    bool isAlwaysOpen) : IChangeGate
{
    /// <summary>What <c>--override</c> said; null where nothing was said.</summary>
    public string? Reason => reason;

    public async Task PassAsync(Action<string> say, bool isDryRun)
    {
        var shut = isAlwaysOpen ? [] : await ShutAsync().ConfigureAwait(false);
        foreach (var (why, remedy) in shut)
        {
            if (reason is not null)
            {
                say($"OVERRIDDEN ({reason}): {why}");
            }
            else if (isDryRun)
            {
                say($"It would be refused now: {why}");
            }
            else
            {
                throw new BakerException(ExitCode.CloudFailed, why, remedy + "--override \"REASON\" goes on all the same.");
            }
        }

        await recording.LookAsync().ConfigureAwait(false);
        foreach (var line in await recording.WarningsAsync().ConfigureAwait(false))
        {
            say(line);
        }
    }

    /// <summary>The name of the environment, or of what there is without one.</summary>
    public static string NameOf(FleetSession fleet) => fleet.Project.Environment?.Name.ToString() ?? "what is in no environment";

    /// <summary>What people are told of a group whose windows are closed; null where one is open, or there is none.</summary>
    public static string? Closed(NodeGroup group, DateTimeOffset now)
    {
        if (group.DeployWindows.IsEmpty || group.DeployWindows.Any(window => window.IsOpen(now)))
        {
            return null;
        }

        var next = group.DeployWindows.MinBy(window => window.Opens(now))!;
        var opens = next.Opens(now);
        return $"{group.Name} is outside its deploy window ({string.Join("; ", group.DeployWindows.Select(window => window.Text))}), "
            + $"which opens {next.At(opens)}, in {DurationText.Of(opens - now)}.";
    }

    private async Task<List<(string Why, string Remedy)>> ShutAsync()
    {
        var shut = new List<(string Why, string Remedy)>();
        foreach (var region in GoneGroups.Regions(groups))
        {
            var store = new FreezeStore(fleet.Context(fleet.Gone.Of(default, region)));
            if (await store.ReadAsync(session.Stop).ConfigureAwait(false) is { } record)
            {
                shut.Add((
                    $"{fleet.Project.Environment?.Name.ToString() ?? "What is in no environment"} is {record.Words.TrimEnd('.')}.",
                    $"{fleet.Cloud.Suggested.Package("freeze off")} lifts it; "));
                break;
            }
        }

        var now = session.Time.GetUtcNow();
        shut.AddRange(groups.Select(group => Closed(group, now)).OfType<string>().Select(why => (why, "Wait for it; ")));
        return shut;
    }
}
