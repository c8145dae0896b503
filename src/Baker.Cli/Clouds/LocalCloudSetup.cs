using System.Collections.Immutable;
using System.Globalization;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.LocalCloud.Configuration;
using Newtonsoft.Json.Linq;
using Storage = Baker.LocalCloud.Storage.StateFolder;

namespace Baker.Cli.Clouds;

/// <summary>What the local cloud of a project holds: the images, groups and subnets that its manifest names.</summary>
internal static class LocalCloudSetup
{
    private const string Name = ".package";

    public static LocalCloudOptions Options(Session session, NodeProject project, string holder, bool execute = true)
    {
        var options = new LocalCloudOptions
        {
            StateFolder = StateFolder(project),
            Time = session.Time,
            Delays = Delays(project.Settings.Local),
            Limits = Limits(project),
            Execute = execute,
            Holder = holder,
            Notice = session.Terminal.Error.WriteLine,
            ChecksSignatures = true,
            Named = Named(project),
        };
        try
        {
            return options.WithEnvironment(session.Environment.Value);
        }
        catch (FormatException error)
        {
            throw new BakerException(ExitCode.BadInput, error.Message, "Correct the environment variable, or unset it.", error);
        }
    }

    /// <summary>What the manifest names and does not make. A group that cannot be read is for the command to tell.</summary>
    public static NamedResources Named(NodeProject project)
    {
        // Who is logged in as over SSH is the image's default user, whatever groups that are reached otherwise say.
        // What the manifest makes itself is not there before.
        var made = project.Manifest.Environments
            .Select(environment => MergedResources.Of(project.Manifest, environment))
            .SelectMany(resources => resources.SecurityGroups.SelectMany(group => new[] { group.Name, resources.NameOf(group) }))
            .ToHashSet(StringComparer.Ordinal);
        var groups = project.Sound().OrderBy(group => group.Communicator != CommunicatorKind.Ssh).ToArray();
        return new NamedResources
        {
            BaseImages = [.. groups.SelectMany(group => group.Variants).Select(BaseImage).OfType<BaseImage>().DistinctBy(Key)],
            SecurityGroups = [.. groups
                .SelectMany(group => group.SecurityGroups.Where(name => !made.Contains(name))
                    .Select(name => new NamedResource(group.Region, name)))
                .Distinct()],
            Subnets = [.. groups.SelectMany(group => group.SubnetIds.Select(id => new NamedResource(group.Region, id))).Distinct()],
            InstanceProfiles = [.. groups.Select(group => group.IamInstanceProfile).OfType<string>().Distinct()],
        };
    }

    public static string StateFolder(NodeProject project) => Path.Combine(project.Folder, Name);

    /// <summary>The same before it is used.</summary>
    /// <exception cref="BakerException">It is not what it must be.</exception>
    public static string CheckedStateFolder(NodeProject project)
    {
        var folder = StateFolder(project);
        if (File.Exists(folder))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{Name} is a file: what the local cloud keeps is in a folder of that name.",
                $"Move the file {Name} away, or remove it.");
        }

        try
        {
            return Storage.FindLink(folder) is not { } link ? folder : throw new BakerException(
                ExitCode.BadInput,
                $"{Path.GetRelativePath(project.Folder, link)} is a link: what is kept there would be written, and removed, elsewhere.",
                $"Remove the link. For {Name} on another disk mount a folder of that there (mount --bind).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{Name} cannot be read: {error.Message}",
                "It is a folder for its owner alone: run as that user, or remove it, which forgets the local cloud.",
                error);
        }
    }

    public static string LogFolder(NodeProject project) => Path.Combine(StateFolder(project), "logs");

    /// <summary>How long the states of a cloud took so far.</summary>
    public static string TimingsFile(NodeProject project, string cloud) => Path.Combine(StateFolder(project), "timings", $"{cloud}.json");

    private static Delays Delays(JObject local)
    {
        try
        {
            var delays = new Delays();
            if (local["delays"] is JObject given)
            {
                delays = delays.With(string.Join(
                    ',',
                    given.Properties().Select(delay => $"{delay.Name}={((JValue)delay.Value).ToString(CultureInfo.InvariantCulture)}")));
            }

            return local["delay_scale"] is JValue scale ? delays with { Scale = (double)scale } : delays;
        }
        catch (Exception error) when (error is FormatException or InvalidCastException or ArgumentException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"__settings__, local: {error.Message}",
                "For example: \"local\": {\"delays\": {\"running\": 2}, \"delay_scale\": 0.5}.",
                error);
        }
    }

    /// <summary>What an instance may take of this machine.</summary>
    public static InstanceLimits Limits(NodeProject project)
    {
        var (given, usual) = (project.Settings.Local["limits"], new InstanceLimits());
        return new InstanceLimits
        {
            Processes = (long?)given?["processes"] ?? usual.Processes,
            Memory = (long?)given?["memory"] ?? usual.Memory,
        };
    }

    private static BaseImage? BaseImage(NodeGroup group) =>
        SourceOf(group) is { } image ? image with { DefaultUser = group.Ssh.Username } : null;

    private static BaseImage? SourceOf(NodeGroup group) => group.Source switch
    {
        SourceImage.ById source => new BaseImage { Region = group.Region, ImageId = source.ImageId, Filters = Architecture(group) },
        SourceImage.ByFilter source => new BaseImage { Region = group.Region, Filters = source.Filters, Owners = source.Owners },
        SourceImage.ByParameter source =>
            new BaseImage { Region = group.Region, ParameterName = source.Name, Filters = Architecture(group) },
        _ => null,
    };

    private static ImmutableArray<KeyValuePair<string, ImmutableArray<string>>> Architecture(NodeGroup group) =>
        group.Architecture is { } architecture ? [new("architecture", [architecture])] : [];

    private static string Key(BaseImage image) =>
        string.Join('\n', ImmutableArray.Create(image.Region, image.ImageId ?? "", image.ParameterName ?? "")
            .AddRange(image.Filters.Select(filter => $"{filter.Key}={string.Join(',', filter.Value)}"))
            .AddRange(image.Owners));
}
