using System.Collections.Immutable;
using Baker.Cli.Environments;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Staleness;

namespace Baker.Cli.Plans;

/// <summary>How the images and channels of groups are beside what would be baked now; looks, with few calls for many groups.</summary>
internal sealed class PlanImages(Session session, FleetSession fleet)
{
    private readonly List<Look> _looks = [];
    private readonly Dictionary<string, ImageStanding> _standings = new(StringComparer.Ordinal);
    private readonly ImmutableSortedDictionary<string, string>.Builder _facts = PlanFacts.None.ToBuilder();
    private readonly List<StaleItem> _channels = [];

    /// <summary>How the image of each group is, by its name.</summary>
    public IReadOnlyDictionary<string, ImageStanding> Standings => _standings;

    public ImmutableSortedDictionary<string, string> Facts => _facts.ToImmutable();

    /// <summary>The groups whose images are to be baked, each once.</summary>
    public ImmutableArray<GroupName> Bakes => [.. _looks.Where(look => look.Bakes).Select(look => look.Variant.Name).Distinct()];

    /// <summary>Images that are to be baked, and then what a person has to see to.</summary>
    public IEnumerable<StaleItem> Items => _looks.Select(look => look.Item).OfType<StaleItem>().Concat(_channels);

    public async Task ReadAsync(IReadOnlyList<NodeGroup> groups)
    {
        var all = WithParents(groups);
        foreach (var region in all.GroupBy(group => group.Region))
        {
            await ReadAsync([.. region], fleet.Context(region.First())).ConfigureAwait(false);
        }

        Inherit();
        var looks = _looks.ToLookup(look => look.Variant.Name);
        foreach (var group in all.Where(group => group.ImageChannel is null && looks.Contains(group.Name)))
        {
            _standings[group.Name] = Standing(group, [.. looks[group.Name]]);
        }
    }

    /// <summary>Those, and the groups from whose images theirs are made.</summary>
    private List<NodeGroup> WithParents(IReadOnlyList<NodeGroup> groups)
    {
        var all = groups.ToList();
        for (var next = 0; next < all.Count; next++)
        {
            foreach (var parent in all[next].Variants.Select(Generations.ParentOf).OfType<string>())
            {
                if (!all.Exists(group => group.Name == parent))
                {
                    all.Add(fleet.Project.Groups([parent])[0]);
                }
            }
        }

        return all;
    }

    private async Task ReadAsync(List<NodeGroup> groups, FleetContext context)
    {
        var images = new FleetImages(context);
        await images.LookAheadAsync(groups.Select(group => group.Name), session.Stop).ConfigureAwait(false);
        var baked = groups.FindAll(PlanFiles.IsBaked);
        foreach (var group in groups.Where(group => !PlanFiles.IsBaked(group) && group is { Autoscale: not null, ImageChannel: null }))
        {
            _looks.Add(new Look(group, null, null) { Item = CannotBake(group) });
        }

        var made = await fleet.MadeFromAsync([.. baked.SelectMany(group => group.Variants)]).ConfigureAwait(false);
        foreach (var (input, source) in made)
        {
            var usable = await images.UsableAsync(input.Group, session.Stop).ConfigureAwait(false);
            _looks.Add(Of(input, source, usable));
        }

        var followers = groups.FindAll(group => group.ImageChannel is not null);
        if (followers.Count > 0)
        {
            var region = fleet.Cloud.Region(context.Clients.Region);
            var channels = await new ImageChannels(region.Clients, region.Pacer).ReadAsync(group: null, session.Stop).ConfigureAwait(false);
            foreach (var group in followers)
            {
                var channel = channels.FirstOrDefault(each => each.Group == group.Name && each.Name == group.ImageChannel);
                var usable = await images.UsableAsync(group, session.Stop).ConfigureAwait(false);
                Follow(group, channel?.ImageId, usable);
            }
        }
    }

    private Look Of(BakeInput input, string? source, List<CatalogImage> usable)
    {
        var group = input.Group;
        var fingerprint = source is null ? null : Fingerprint.Of(input, source);
        var images = usable.FindAll(image =>
            image.IsOf(group.Environment) || (fingerprint is not null && image.Fingerprint == fingerprint));
        var current = images.FindAll(image => image.Fingerprint is not null && image.Fingerprint == fingerprint);
        var passed = input.Checks.IsEmpty ? null : new Verification(Passed: true, Verification.TestsOf(input.Checks));
        var chosen = current.Find(image => passed is null || image.Verification == passed)
            ?? current.Find(image => !group.Verifies || image.Verification?.Passed == true);
        var (kind, why) = Why(input, source, images, current, passed);
        Fact(PlanFacts.Source, source);
        Fact(PlanFacts.Inputs, fingerprint);
        Fact(PlanFacts.Image, (chosen ?? images.FirstOrDefault())?.Id);
        return new Look(group, chosen, why)
        {
            Item = why is null ? null
                : source is null && Generations.ParentOf(group) is null
                    ? new StaleItem(StaleKind.Source, $"source {group.Label}", group.Label, "find its source image", why)
                    {
                        Group = group.Name,
                        Command = "",
                    }
                : Bake(kind, group, why),
        };

        void Fact(string what, string? value) => _facts[PlanFacts.Key(group.Label, what)] = value ?? "";
    }

    private static StaleItem Bake(StaleKind kind, NodeGroup group, string why) =>
        new(kind, $"bake {group.Label}", group.Label, $"bake the image of {group.Label}", why) { Group = group.Name };

    private static (StaleKind Kind, string? Why) Why(
        BakeInput input,
        string? source,
        List<CatalogImage> images,
        List<CatalogImage> current,
        Verification? passed) => input.Group switch
        {
            var group when source is null && Generations.ParentOf(group) is null =>
                (StaleKind.Source, "there is no image that its source names"),
            _ when images is [] => (StaleKind.Image, "never baked"),
            _ when current is [] && images[0].SourceId is { } from && source is not null && from != source =>
                (StaleKind.Source, $"{images[0].Id} was made from {from}, and {source} is its source image now"),
            _ when current is [] => (StaleKind.Image, $"{images[0].Id} was made from something else: {Changed(input, images[0])}"),
            _ when passed is null || current.Exists(image => image.Verification == passed) => (StaleKind.Image, null),
            _ when current.TrueForAll(image => image.IsRejected) => (StaleKind.Image, $"{current[0].Id} did not pass its tests"),
            _ when current.Exists(image => image.Verification?.Passed == true) =>
                (StaleKind.Image, $"the tests have changed since {current[0].Id} passed them"),
            _ => (StaleKind.Image, $"{current[0].Id} has not been tested"),
        };

    private static string Changed(BakeInput input, CatalogImage image)
    {
        var code = input.Code
            .Select(tree => (tree, Was: image.Code.FirstOrDefault(each => each.Path == tree.Source.Path)))
            .Where(each => each.Was is not null && each.Was.Commit != each.tree.Commit)
            .Select(each => $"{each.tree.Source.Path} {Short(each.Was!.Commit)} -> {Short(each.tree.Commit)}")
            .ToList();
        return code.Count > 0 ? string.Join(", ", code) : "its attributes, scripts, roles or cookbooks have changed";

        static string Short(string commit) => commit.Length > 12 ? commit[..12] : commit;
    }

    /// <summary>What starts from an image that is baked anew is baked anew, too.</summary>
    private void Inherit()
    {
        for (var isMore = true; isMore;)
        {
            isMore = false;
            for (var at = 0; at < _looks.Count; at++)
            {
                var look = _looks[at];
                var parent = Generations.LabelsOfParent(look.Variant)
                    .Select(label => _looks.Find(each => each.Variant.Label == label))
                    .FirstOrDefault(each => each is not null);
                if (!look.Bakes && look.Item is null && parent is { Bakes: true, NeedsImage: true })
                {
                    var why = $"it starts from the image of {parent.Variant.Label}, which is baked anew";
                    _looks[at] = look with { Current = null, Why = why, Item = Bake(StaleKind.Source, look.Variant, why) };
                    isMore = true;
                }
            }
        }
    }

    private static ImageStanding Standing(NodeGroup group, List<Look> looks)
    {
        var current = looks.Select(look => look.Current).OfType<CatalogImage>().ToList();
        return current.Count < group.Variants.Count
            ? new ImageStanding(null, NeedsImage: looks.Exists(look => look.Bakes))
            : new ImageStanding(
                new FleetImage(current[0].Id, current[0].Fingerprint ?? "") { Others = [.. current.Skip(1).Select(image => image.Id)] },
                NeedsImage: false);
    }

    private void Follow(NodeGroup group, string? pointed, List<CatalogImage> usable)
    {
        var name = group.ImageChannel!;
        var image = usable.Find(each => each.Id == pointed);
        var current = _looks.Find(look => look.Variant.Name == group.Name)?.Current;
        _facts[PlanFacts.Key(group.Name, PlanFacts.Channel, name)] = pointed ?? "";
        _standings[group.Name] = new ImageStanding(
            image is null ? null : new FleetImage(image.Id, image.Fingerprint ?? ""),
            NeedsImage: false);
        var why = pointed is null ? "there is no such channel, and the group's fleet waits for it"
            : image is null ? $"it points at {pointed}, which is gone or may not be used"
            : current is not null && current.Id != image.Id && current.Fingerprint != image.Fingerprint
                ? $"it points at {pointed}, and {current.Id} is the image that is current"
            : null;
        if (why is not null)
        {
            _channels.Add(new StaleItem(StaleKind.Channel, $"channel {group.Name}:{name}", $"{group.Name}:{name}", "promote an image", why)
            {
                Group = group.Name,
                Command = fleet.Cloud.Suggested.Package($"image:promote {group.Name} --to {name}"),
            });
        }
    }

    private static StaleItem? CannotBake(NodeGroup group)
    {
        try
        {
            BakeRequirements.Check(group.Name, group.Source is not null, !group.InstanceTypes.IsEmpty);
            return null;
        }
        catch (BakerException error)
        {
            return new StaleItem(StaleKind.Image, $"image {group.Name}", group.Name, "say what it is baked from", error.Message)
            {
                Group = group.Name,
                Command = "",
            };
        }
    }

    /// <param name="Current">The image that a fleet may have.</param>
    /// <param name="Why">Why the image is stale; null where it is not.</param>
    private sealed record Look(NodeGroup Variant, CatalogImage? Current, string? Why)
    {
        public StaleItem? Item { get; init; }

        public bool Bakes => Item is { IsApplied: true };

        public bool NeedsImage => Current is null;
    }
}
