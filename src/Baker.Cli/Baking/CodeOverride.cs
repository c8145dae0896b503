using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Baking;

/// <summary>What <c>--branch</c> and <c>--revision</c> say: instead of the manifest's, for all repositories or for one.</summary>
internal sealed record CodeOverride(IReadOnlyList<string> Branches, IReadOnlyList<string> Revisions)
{
    public static CodeOverride None { get; } = new([], []);

    public static Func<CodeOverride> On(CommandLineApplication command)
    {
        var branch = command.Option(
            "--branch <NAME>",
            "Bake this branch of the groups' code; REPOSITORY=NAME where they have several.",
            CommandOptionType.MultipleValue);
        var revision = command.Option(
            "--revision <NAME>",
            "Bake this tag or commit of the groups' code; REPOSITORY=NAME likewise.",
            CommandOptionType.MultipleValue);
        return () =>
        {
            foreach (var value in branch.Values.Concat(revision.Values).OfType<string>())
            {
                if (!Shapes.IsRevision(value[(value.LastIndexOf('=') + 1)..]))
                {
                    throw new BakerException(ExitCode.BadInput, $"{Quoting.Quote(value)} is no name of a branch, a tag or a commit.");
                }
            }

            var branched = branch.Values.OfType<string>().Select(KeyOf);
            if (branched.Intersect(revision.Values.OfType<string>().Select(KeyOf)).FirstOrDefault() is { } twice)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"--branch and --revision are both said of {(twice.Length == 0 ? "the code" : twice)}.",
                    "Leave one of them out.");
            }

            return new CodeOverride([.. branch.Values.OfType<string>()], [.. revision.Values.OfType<string>()]);
        };
    }

    /// <summary>The source, with what was said for it.</summary>
    public CodeSource Of(CodeSource source) =>
        Find(Revisions, source.Repository) is { } revision ? source with { Branch = null, Revision = revision }
        : Find(Branches, source.Repository) is { } branch ? source with { Branch = branch, Revision = null }
        : source;

    /// <exception cref="BakerException">It is said of a repository that none of the groups has, or of no one in particular where
    /// there are several.</exception>
    public void Check(IEnumerable<NodeGroup> groups)
    {
        var repositories = groups
            .SelectMany(group => group.Code)
            .Select(source => source.Repository)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var value in Branches.Concat(Revisions))
        {
            var end = value.LastIndexOf('=');
            if (end < 0 ? repositories.Count != 1 : !repositories.Contains(value[..end]))
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    repositories.Count == 0 ? $"{Quoting.Quote(value)} is said of code, and none of these groups has any."
                        : end < 0 ? $"{Quoting.Quote(value)} may be meant for any of {string.Join(", ", repositories)}."
                        : $"None of these groups has code from {Quoting.Quote(value[..end])}.",
                    repositories.Count == 0
                        ? "Give them \"code\", or leave the option out."
                        : $"Say for which: {repositories[0]}={value[(end + 1)..]}");
            }
        }
    }

    /// <summary>The repository that a value is said of; empty where it is of no one in particular.</summary>
    private static string KeyOf(string value) => value[..Math.Max(0, value.LastIndexOf('='))];

    private static string? Find(IReadOnlyList<string> values, string repository)
    {
        foreach (var value in values)
        {
            var end = value.LastIndexOf('=');
            if (end < 0 || value[..end] == repository)
            {
                return value[(end + 1)..];
            }
        }

        return null;
    }
}
