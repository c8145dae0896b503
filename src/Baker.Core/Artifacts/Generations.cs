using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>Which images have to be there before which others can be made.</summary>
public static class Generations
{
    /// <summary>
    /// The groups in the order in which they can be baked: first those that start from no image of the others, then those that start
    /// from the first ones', and so on; within a generation as they are given.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<BakeInput>> Of(IReadOnlyList<BakeInput> inputs)
    {
        var byLabel = inputs.ToDictionary(input => input.Group.Label, StringComparer.Ordinal);
        return [.. inputs
            .GroupBy(input => DepthOf(input, byLabel))
            .OrderBy(generation => generation.Key)
            .Select(generation => (IReadOnlyList<BakeInput>)[.. generation])];
    }

    /// <summary>The group whose image one starts from; null where it is none of the others, or where a channel names the image.</summary>
    public static string? ParentOf(NodeGroup group) => group.Source is SourceImage.ByGroup { Channel: null } source ? source.Group : null;

    /// <summary>What the parent is called among the bakes of a run: that of the same architecture, or the only one.</summary>
    public static IEnumerable<string> LabelsOfParent(NodeGroup group)
    {
        if (ParentOf(group) is { } parent)
        {
            yield return $"{parent}@{group.Architecture}";
            yield return parent;
        }
    }

    // No line leads back to where it came from: the manifest's check sees to that.
    private static int DepthOf(BakeInput input, Dictionary<string, BakeInput> byLabel)
    {
        var depth = 0;
        for (var above = Above(input.Group); above is not null; depth++)
        {
            above = Above(above.Group);
        }

        return depth;

        BakeInput? Above(NodeGroup group) =>
            LabelsOfParent(group).Select(label => byLabel.GetValueOrDefault(label)).FirstOrDefault(each => each is not null);
    }
}
