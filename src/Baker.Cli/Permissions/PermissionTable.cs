using System.Collections.Immutable;

namespace Baker.Cli.Permissions;

/// <summary>Which of AWS's actions each command needs, as <c>actions.txt</c> has them.</summary>
internal static class PermissionTable
{
    private const string Resource = "permissions/actions.txt";

    private static readonly Lazy<ImmutableSortedDictionary<string, ImmutableSortedSet<string>>> s_commands = new(Read);

    /// <summary>The commands that ask AWS for anything.</summary>
    public static IEnumerable<string> Commands => s_commands.Value.Keys;

    /// <summary>The actions of one command; none of one that works on files alone.</summary>
    public static ImmutableSortedSet<string> Of(string command) => s_commands.Value.GetValueOrDefault(command, []);

    private static ImmutableSortedDictionary<string, ImmutableSortedSet<string>> Read()
    {
        using var stream = typeof(PermissionTable).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(" = "));
        var sets = new Dictionary<string, ImmutableSortedSet<string>>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var words = line[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var actions = words.SelectMany(word => word.StartsWith('@') ? sets[word] : [word]).ToImmutableSortedSet(StringComparer.Ordinal);
            foreach (var name in line[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                sets[name] = sets.GetValueOrDefault(name, ImmutableSortedSet.Create<string>(StringComparer.Ordinal)).Union(actions);
            }
        }

        return sets.Where(set => !set.Key.StartsWith('@')).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }
}
