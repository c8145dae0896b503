using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>One attribute of a merged group: what the base says, what the group says, and by the merge rules what holds.</summary>
public sealed record MergedAttribute(ManifestValue Name, ManifestValue? Base, ManifestValue? Group)
{
    /// <summary>The kind of what holds: lists and objects merge with their own kind, everything else is the group's.</summary>
    public ValueKind Kind => Winner.Kind;

    /// <summary>The group's value if it has one, else the base's.</summary>
    public ManifestValue Winner => Group ?? Base.GetValueOrDefault();

    /// <summary>Whether both layers are parts of the value.</summary>
    public bool IsMerged =>
        Base is { } lower && Group is { } upper && lower.Kind == upper.Kind && upper.Kind is ValueKind.Array or ValueKind.Object;

    /// <summary>A list's items: the base's, then the group's.</summary>
    public IEnumerable<LayeredValue> Items
    {
        get
        {
            if (IsMerged)
            {
                foreach (var item in Base.GetValueOrDefault().Items)
                {
                    yield return new LayeredValue(item, FromGroup: false);
                }
            }

            foreach (var item in Winner.Items)
            {
                yield return new LayeredValue(item, Group is not null);
            }
        }
    }

    /// <summary>
    /// An object's properties: the base's in their places, each replaced whole where the group has it, then the group's
    /// own.
    /// </summary>
    public IEnumerable<LayeredProperty> Properties
    {
        get
        {
            if (!IsMerged)
            {
                foreach (var (name, value) in Winner.Properties)
                {
                    yield return new LayeredProperty(name, value, Group is not null);
                }

                yield break;
            }

            var lower = new PropertyLookup(Base.GetValueOrDefault());
            var upper = new PropertyLookup(Group.GetValueOrDefault());
            foreach (var (name, value) in Base.GetValueOrDefault().Properties)
            {
                yield return upper.Find(name) is { } replacement
                    ? new LayeredProperty(name, replacement, FromGroup: true)
                    : new LayeredProperty(name, value, FromGroup: false);
            }

            foreach (var (name, value) in Group.GetValueOrDefault().Properties)
            {
                if (lower.Find(name) is null)
                {
                    yield return new LayeredProperty(name, value, FromGroup: true);
                }
            }
        }
    }
}
