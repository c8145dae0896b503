using System.Collections.Immutable;

namespace Baker.Core.Resources;

/// <summary>
/// One resource, as it should be or as it was found. Keys and values may hold references to others (<see cref="Reference"/>),
/// until it is known what those are on the cloud.
/// </summary>
/// <param name="Key">What it is in its environment, the same for the one that should be and the one that was found.</param>
/// <param name="Name">What it is called on the cloud, for people.</param>
public sealed record Resource(ResourceKind Kind, string Key, string Region, string Name)
{
    /// <summary>The key of what it goes away with; null where that is nothing.</summary>
    public string? Parent { get; init; }

    /// <summary>What can be changed.</summary>
    public ImmutableSortedDictionary<string, string> Values { get; init; } = Empty;

    /// <summary>What it was made with and keeps as long as it is there.</summary>
    public ImmutableSortedDictionary<string, string> Fixed { get; init; } = Empty;

    /// <summary>The same with its references, as they are when its turn comes; null where it is that already.</summary>
    public Resource? Origin { get; init; }

    /// <summary>Of one that was found: its id or ARN.</summary>
    public string Id { get; init; } = "";

    /// <summary>Of one that was found: its tags that are otherwise than Baker's.</summary>
    public ImmutableArray<Difference> Drift { get; init; } = [];

    /// <summary>Of one that was found: whether others need it to be gone before they can go.</summary>
    public bool IsInTheWay { get; init; }

    public static ImmutableSortedDictionary<string, string> Empty { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public string this[string name] => Values.TryGetValue(name, out var value) ? value
        : Fixed.TryGetValue(name, out var made) ? made : "";

    /// <summary>With everything that is known put in the place of its reference.</summary>
    public Resource Resolve(Func<string, string?> known) => this with
    {
        Origin = Origin ?? this,
        Key = Reference.Resolve(Key, known),
        Name = Reference.Resolve(Name, known),
        Values = Resolve(Values, known),
        Fixed = Resolve(Fixed, known),
    };

    private static ImmutableSortedDictionary<string, string> Resolve(
        ImmutableSortedDictionary<string, string> values,
        Func<string, string?> known)
    {
        foreach (var (name, value) in values)
        {
            var resolved = Reference.Resolve(value, known);
            if (resolved != value)
            {
                values = values.SetItem(name, resolved);
            }
        }

        return values;
    }
}
