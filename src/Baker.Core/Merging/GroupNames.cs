using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Resolves the groups that a user names on the command line.</summary>
public static class GroupNames
{
    /// <summary>The groups asked for, each once, in the manifest's order; all of them when none is named.</summary>
    public static IReadOnlyList<GroupEntry> Resolve(NodeManifest manifest, IReadOnlyList<string> asked)
    {
        if (asked.Count == 0)
        {
            return manifest.Groups;
        }

        var wanted = new HashSet<string>(asked);
        var found = new List<GroupEntry>();
        foreach (var group in manifest.Groups)
        {
            if (wanted.Remove(group.Name))
            {
                found.Add(group);
            }
        }

        return wanted.Count == 0 ? found : throw Missing(manifest, [.. asked.Where(wanted.Contains).Distinct()]);
    }

    private static BakerException Missing(NodeManifest manifest, IReadOnlyList<string> missing)
    {
        if (manifest.Environment is { } environment
            && manifest.AllGroups.FirstOrDefault(group => missing.Contains(group.Name)) is { } without
            && environment.LeftOutAt(without.Name) is { } place)
        {
            return new BakerException(
                ExitCode.BadInput,
                $"The environment {environment.Name} leaves the group {without.Name} out ({manifest.Source.Name}:{place}).",
                "Choose another environment with --environment, or let it have the group.");
        }

        var known = manifest.Groups.Select(group => group.Name.ToString()).ToHashSet();
        return new BakerException(
            ExitCode.BadInput,
            $"{manifest.Source.Name} has no group {string.Join(", ", missing.Select(Quoting.Quote))}.",
            DidYouMean.Suggest(missing[0], known, known.Count switch
            {
                0 => "It has no group at all.",
                <= 12 => $"Its groups are {string.Join(", ", manifest.Groups.Select(group => group.Name))}.",
                _ => "package node:list shows its groups.",
            }));
    }
}
