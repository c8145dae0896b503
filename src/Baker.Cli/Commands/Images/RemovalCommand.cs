using System.Collections.Immutable;
using Baker.Cli.Baking;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Changes;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands.Images;

/// <summary>Shows a plan of removals, or carries it out; the same list either way.</summary>
internal sealed class RemovalCommand(Session session, CloudSession cloud, NodeProject project)
{
    /// <summary>What removes images, with what the project keeps of them.</summary>
    public static RemovalOperation Operation(CloudSession cloud, NodeProject project, IReadOnlyCollection<RemovalStep> steps) =>
        new(cloud, steps, region => ContentsStore.Of(region, project.Folder, project.Settings));

    /// <summary>Says which images and snapshots stay that would otherwise go; with <paramref name="all"/> every image that stays.</summary>
    public void Explain(RemovalPlan plan, bool all)
    {
        foreach (var kept in plan.Kept.Where(kept => all || kept.IsGuarded))
        {
            session.Terminal.Error.WriteLine(kept);
        }

        foreach (var kept in plan.KeptSnapshots)
        {
            session.Terminal.Error.WriteLine(kept);
        }
    }

    /// <param name="salvage">What is done first with what dead runs left.</param>
    public ExitCode Show(RemovalPlan plan, bool json, IReadOnlyList<Salvage> salvage)
    {
        if (json)
        {
            Print(plan, removed: false, [], salvage);
        }
        else
        {
            foreach (var line in Lines(plan, salvage))
            {
                session.Terminal.Out.WriteLine(line);
            }
        }

        return plan.Steps.IsEmpty && salvage.Count == 0 ? ExitCode.Done : ExitCode.Changes;
    }

    /// <param name="salvage">What is done before the plan.</param>
    /// <param name="regions">Where the images are.</param>
    public async Task AskAsync(
        RemovalPlan plan,
        IReadOnlyList<Salvage> salvage,
        IEnumerable<string> regions,
        Confirmation confirmation)
    {
        if (!plan.Steps.IsEmpty || salvage.Count > 0)
        {
            await confirmation.AskAsync(
                session,
                cloud,
                regions,
                project.Environment?.Name.ToString(),
                Lines(plan, salvage),
                plan.Steps.IsEmpty ? "Do all this?" : "Remove all this?",
                "nothing was removed").ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> Lines(RemovalPlan plan, IReadOnlyList<Salvage> salvage) =>
        salvage.Select(step => step.Line).Concat(plan.Steps.Select(step => step.Text));

    public async Task<ExitCode> ApplyAsync(RemovalPlan plan, bool json)
    {
        var removal = Operation(cloud, project, plan.Steps);
        var end = await new ChangeEngine(
            new RemovalProgress(json ? session.Terminal.Error : session.Terminal.Out),
            session.Time).RunAsync(removal, session.Stop).ConfigureAwait(false);
        end.ThrowIfFailed();
        var remaining = removal.Remaining;
        if (json)
        {
            Print(plan, removed: true, remaining, []);
        }

        if (remaining.IsEmpty)
        {
            return ExitCode.Done;
        }

        foreach (var one in remaining)
        {
            session.Terminal.Error.WriteLine($"{one}\n    {one.Command}");
        }

        throw new BakerException(
            ExitCode.CloudFailed,
            $"{remaining.Length} of what was to be removed remain{(remaining.Length == 1 ? "s" : "")}",
            "Run the command again when the cause is gone, or remove them with the commands above.");
    }

    private void Print(RemovalPlan plan, bool removed, ImmutableArray<Remaining> remaining, IReadOnlyList<Salvage> salvage)
    {
        var left = remaining.Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
        var report = new JObject
        {
            ["dry_run"] = !removed,
            ["recover"] = BakeReport.Json(salvage),
            ["remove"] = new JArray(plan.Steps.Select(Describe)),
            ["keep"] = new JArray(plan.Kept.Select(kept => new JObject
            {
                ["id"] = kept.Image.Id,
                ["name"] = kept.Image.Name,
                ["group"] = kept.Image.Group,
                ["region"] = kept.Image.Region,
                ["why"] = kept.Why,
            })),
            ["keep_snapshots"] = new JArray(plan.KeptSnapshots.Select(kept => new JObject
            {
                ["id"] = kept.Id,
                ["group"] = kept.Group,
                ["region"] = kept.Region,
                ["why"] = kept.Why,
            })),
            ["remain"] = new JArray(remaining.Select(one => new JObject
            {
                ["id"] = one.Id,
                ["region"] = one.Region,
                ["why"] = one.Why,
                ["command"] = one.Command,
            })),
        };
        session.Terminal.Out.WriteLine(report.Indented());

        JObject Describe(RemovalStep step) => step switch
        {
            RemovalStep.RemoveImage { Image: var image, Snapshots: var snapshots, Why: var why } => new JObject
            {
                ["id"] = image.Id,
                ["name"] = image.Name,
                ["group"] = image.Group,
                ["region"] = image.Region,
                ["snapshots"] = new JArray(snapshots),
                ["why"] = why,
                ["removed"] = removed && !left.Contains(image.Id) && !snapshots.Any(left.Contains),
            },
            RemovalStep.EndFastRestore { Image: var image } => new JObject
            {
                ["id"] = image.Id,
                ["name"] = image.Name,
                ["group"] = image.Group,
                ["region"] = image.Region,
                ["why"] = "no fleet has it",
                ["fast_snapshot_restore"] = removed && !left.Contains(image.Id) ? "disabled" : "enabled",
            },
            RemovalStep.RemoveSnapshot { Snapshot: var snapshot } => new JObject
            {
                ["id"] = snapshot.Id,
                ["group"] = snapshot.Group,
                ["region"] = snapshot.Region,
                ["why"] = "no image uses it",
                ["removed"] = removed && !left.Contains(snapshot.Id),
            },
            RemovalStep.RemoveFile file => new JObject { ["file"] = file.Name, ["removed"] = removed && left.Count == 0 },
            _ => throw new InvalidOperationException($"A removal step of an unknown kind: {step}"),
        };
    }
}
