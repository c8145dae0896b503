using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Sandboxes;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Local;

/// <summary>The base images that a project's groups start from, and which root file system each has on the local cloud.</summary>
internal static partial class LocalImages
{
    public static async Task<ExitCode> AddAsync(Session session, NodeProject project, string image, string? tarball, string? suite)
    {
        Check(image);
        if (tarball is null == suite is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "local:image add takes a tarball or --debootstrap, one of the two.",
                $"For example: package local:image add {image} rootfs.tar.gz");
        }

        if (tarball is not null && !File.Exists(Path.Combine(session.WorkingFolder, tarball)))
        {
            throw new BakerException(ExitCode.BadInput, $"There is no file {tarball}.", "Give the tarball of a root file system.");
        }

        var roots = Roots(project);
        await GuardAsync(
            () => tarball is not null
                ? roots.AddAsync(image, Path.Combine(session.WorkingFolder, tarball), session.Stop)
                : roots.DebootstrapAsync(image, suite!, session.Stop),
            $"package local:image remove {image} makes room for another one.").ConfigureAwait(false);
        session.Terminal.Error.WriteLine($"Instances of {image} begin with {roots.SourceOf(image)} from now on.");
        if (!Named(project).Any(named => named.Id == image))
        {
            session.Terminal.Error.WriteLine(
                "No group of the manifest starts from it yet; package local:image list shows what they start from.");
        }

        return ExitCode.Done;
    }

    public static async Task<ExitCode> RemoveAsync(Session session, NodeProject project, string image)
    {
        Check(image);
        var removed = false;
        await GuardAsync(
            async () => removed = await Roots(project).RemoveAsync(image, session.Stop).ConfigureAwait(false),
            "Terminate the instances and delete the images that were made from it first.").ConfigureAwait(false);
        session.Terminal.Error.WriteLine(removed
            ? $"Instances of {image} are this host again."
            : $"{image} has no root file system of its own: nothing to remove.");
        return ExitCode.Done;
    }

    public static ExitCode List(Session session, NodeProject project, bool asJson)
    {
        var roots = Roots(project);
        var named = Named(project);
        (string Image, string NamedBy, string? Root)[] lines =
        [
            .. named.Select(image => (image.Id, How(image), roots.SourceOf(image.Id))),
            .. roots.Images().Where(id => !named.Any(image => image.Id == id)).Select(id => (id, "-", roots.SourceOf(id))),
        ];
        if (asJson)
        {
            session.Terminal.Out.WriteLine(new JArray(lines.Select(line => new JObject
            {
                ["image"] = line.Image,
                ["named_by"] = line.NamedBy,
                ["root"] = line.Root,
            })).ToString(Formatting.Indented));
            return ExitCode.Done;
        }

        var width = lines.Select(line => line.Image.Length).Append("IMAGE".Length).Max();
        session.Terminal.Out.WriteLine($"{"IMAGE".PadRight(width)}  ROOT FILE SYSTEM, AND WHAT NAMES THE IMAGE");
        foreach (var (image, how, root) in lines)
        {
            session.Terminal.Out.WriteLine($"{image.PadRight(width)}  {root ?? "this host"}; {how}");
        }

        return ExitCode.Done;
    }

    private static string How(BaseImage image) => image switch
    {
        { ImageId: not null } => $"source_ami in {image.Region}",
        { ParameterName: { } name } => $"parameter {name} in {image.Region}",
        _ => $"filter {string.Join(", ", image.Filters.Select(Text))} in {image.Region}",
    };

    private static string Text(KeyValuePair<string, ImmutableArray<string>> filter) => $"{filter.Key}={string.Join('|', filter.Value)}";

    private static RootFileSystems Roots(NodeProject project) => new(LocalCloudSetup.CheckedStateFolder(project));

    private static ImmutableArray<BaseImage> Named(NodeProject project) => LocalCloudSetup.Named(project).BaseImages;

    private static void Check(string image)
    {
        if (!ImageId().IsMatch(image))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{image} is no id of an image.",
                "package local:image list shows those that the manifest's groups start from.");
        }
    }

    private static async Task GuardAsync(Func<Task> action, string remedy)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(ExitCode.CloudFailed, error.Message.TrimEnd('.') + ".", remedy, error);
        }
    }

    [GeneratedRegex("^ami-[0-9a-f]{8,17}$")]
    private static partial Regex ImageId();
}
