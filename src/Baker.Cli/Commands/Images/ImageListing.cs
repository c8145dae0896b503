using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands.Images;

/// <summary><c>image:list</c>: the groups' images, newest first, and who uses them.</summary>
/// <param name="cloud">As the account sees it whose images they are.</param>
/// <param name="variants">The groups as they would be baked now, for each architecture, in each environment.</param>
/// <param name="fingerprintOf">What the image of one of these would carry.</param>
/// <param name="account">That account, where it is another; null: this one.</param>
internal sealed class ImageListing(
    Session session,
    CloudSession cloud,
    IReadOnlyList<NodeGroup> variants,
    Func<int, CancellationToken, Task<string?>> fingerprintOf,
    OtherAccount? account = null)
{
    public async Task<ExitCode> RunAsync(IReadOnlyList<NodeGroup> groups, bool tree, bool json)
    {
        var contents = new CurrentContents();
        var told = new HashSet<string>(StringComparer.Ordinal);
        var reading = CatalogReading.ReadAsync(cloud, groups, withOrphans: false, session.Stop, account);
        foreach (var (index, group) in variants.Index())
        {
            try
            {
                contents.Add(group, await fingerprintOf(index, session.Stop).ConfigureAwait(false));
            }
            catch (BakerException error)
            {
                // A repository that does not answer, or a broken cookbook, hides no images.
                if (told.Add(error.Message))
                {
                    session.Terminal.Error.WriteLine($"{error.Message}\n  What would be baked now is therefore unknown.");
                }
            }
        }

        var regions = await reading.ConfigureAwait(false);
        var images = regions
            .SelectMany(region => region.Images.Select(image => new ListedImage(image, contents.Of(image), region.Users.Of(image.Id))))
            .OrderByDescending(listed => listed.Image.Created).ThenByDescending(listed => listed.Image.Name, StringComparer.Ordinal)
            .ToList();
        if (json)
        {
            session.Terminal.Out.WriteLine(new JArray(images.Select(image => image.ToJson())).Indented());
            return ExitCode.Done;
        }

        var severalKinds = groups.Any(group => group.Kinds.Length > 1);
        Print(tree ? InTree(images) : [.. images.Select(image => (image, 0))], severalRegions: regions.Length > 1, severalKinds);
        var without = groups.Select(group => group.Name.ToString()).Except(images.Select(listed => listed.Image.Group)).ToList();
        if (without.Count > 0)
        {
            session.Terminal.Error.WriteLine($"No image yet: {string.Join(", ", without)}. {cloud.Suggested.Package("packer:run")} bakes.");
        }

        return ExitCode.Done;
    }

    /// <summary>Each image below the one that it was made from, with its depth; those made from none of them first.</summary>
    private static List<(ListedImage Listed, int Depth)> InTree(List<ListedImage> images)
    {
        var known = images.Select(listed => listed.Image.Id).ToHashSet(StringComparer.Ordinal);
        var children = images.Where(listed => known.Contains(listed.Image.SourceId ?? "")).ToLookup(listed => listed.Image.SourceId);
        var tree = new List<(ListedImage Listed, int Depth)>();
        foreach (var root in images.Where(listed => !known.Contains(listed.Image.SourceId ?? "")))
        {
            Add(root, 0);
        }

        return tree;

        void Add(ListedImage image, int depth)
        {
            tree.Add((image, depth));
            foreach (var child in children[image.Image.Id])
            {
                Add(child, depth + 1);
            }
        }
    }

    private void Print(List<(ListedImage Listed, int Depth)> images, bool severalRegions, bool severalKinds)
    {
        if (images.Count == 0)
        {
            return;
        }

        var output = session.Terminal.Out;
        var now = cloud.Clock.UtcNow;
        string[] Row(string id, string name, string age, string state, string architecture, string content, string region) =>
            [id, name, age, state, .. severalKinds ? [architecture] : (string[])[], content, .. severalRegions ? [region] : (string[])[]];
        var lines = TextTable.Lines(
            Row("IMAGE", "NAME", "AGE", "STATE", "FOR", "CONTENT", "REGION"),
            images.Select(each =>
            {
                var image = each.Listed.Image;
                var id = new string(' ', 2 * each.Depth) + image.Id;
                return Row(id, image.Name, Age.Of(now - image.Created), image.State, image.Architecture, each.Listed.Words, image.Region);
            }),
            session.Terminal.Columns);
        output.WriteLine(lines[0]);
        foreach (var (line, listed) in lines.Skip(1).Zip(images.Select(each => each.Listed)))
        {
            var image = listed.Image;
            output.WriteLine(line);
            foreach (var code in image.Code)
            {
                output.WriteLine($"    {code}");
            }

            if (image.Revocation is { } revocation)
            {
                output.WriteLine($"    {revocation.Words(now)}");
            }

            foreach (var user in listed.Users.Select(user => user.ToString()).Order(StringComparer.Ordinal))
            {
                output.WriteLine($"    used by {user}");
            }
        }
    }
}
