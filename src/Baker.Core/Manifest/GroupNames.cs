namespace Baker.Core.Manifest;

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

        var known = manifest.Groups.Select(group => group.Name).ToHashSet();
        if (asked.Where(name => !known.Contains(name)).ToArray() is { Length: > 0 } missing)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{manifest.Source.Name} has no group {string.Join(", ", missing.Select(Quoting.Quote))}.",
                DidYouMean.Suggest(missing[0], known, known.Count switch
                {
                    0 => "It has no group at all.",
                    <= 12 => $"Its groups are {string.Join(", ", manifest.Groups.Select(group => group.Name))}.",
                    _ => "package node:list shows its groups.",
                }));
        }

        var wanted = asked.ToHashSet();
        return [.. manifest.Groups.Where(group => wanted.Contains(group.Name))];
    }
}
