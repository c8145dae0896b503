using System.Text;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Configuration;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Resources;

namespace Baker.Cli.Projects;

/// <summary>A manifest and the folder it stands in: where commands get their groups from.</summary>
internal sealed class NodeProject(Session session, NodeManifest manifest, string folder, bool strict)
{
    private MergedResources? _resources;

    public NodeManifest Manifest => manifest;

    /// <summary>The manifest's folder, absolute; every path of the manifest is relative to it.</summary>
    public string Folder => folder;

    /// <summary>What <c>--manifest</c> said; null where it was not given.</summary>
    public string? AskedPath { get; init; }

    /// <summary>The environment that was chosen by an option or a variable, to be said again in commands that are suggested.</summary>
    public string? AskedEnvironment { get; private init; }

    /// <summary>The environment that the groups are read in; null where that is none.</summary>
    public ManifestEnvironment? Environment => manifest.Environment;

    /// <summary>Where records of bakes are, relative to the project's folder: each environment's in one of its own.</summary>
    public string BuildsFolder => InEnvironment(Settings.BuildsFolder);

    /// <summary>How what is made for the groups is tagged and named.</summary>
    public NodeTagging Tagging => new(Settings.EnvironmentTag, Settings.TypeTag, Settings.NameTag);

    public TimeProvider Time => session.Time;

    public Settings Settings => manifest.Settings;

    /// <summary>The warnings that were printed, whichever environment was looked at.</summary>
    private HashSet<Diagnostic> Warned { get; init; } = [];

    /// <summary>A folder of a group's files: those of an environment are in a folder of its own.</summary>
    public string InEnvironment(string folder) =>
        Environment is { } environment ? $"{folder.TrimEnd('/')}/{environment.Name}" : folder;

    /// <summary>The same project, its groups read in that environment, or in none.</summary>
    public NodeProject In(ManifestEnvironment? environment) => environment == Environment ? this
        : new NodeProject(session, manifest.In(environment), folder, strict)
        {
            AskedPath = AskedPath,
            AskedEnvironment = AskedEnvironment,
            Warned = Warned,
        };

    /// <summary>The project in the environment that an option, a variable or the settings name, the first that does.</summary>
    public NodeProject Choose(string? option, string? variable)
    {
        var asked = option ?? (variable is "" ? null : variable);
        var name = asked ?? Settings.Environment?.Text;
        if (name is null || manifest.HasErrors)
        {
            return this; // what is wrong with the manifest is told first
        }

        var known = manifest.Environments.Select(environment => environment.Name.ToString()).ToList();
        var chosen = manifest.Environments.FirstOrDefault(environment => environment.Name == name)
            ?? throw new BakerException(
                ExitCode.BadInput,
                $"{manifest.Source.Name} has no environment {Quoting.Quote(name)}"
                    + (option is null ? ", which BAKER_ENVIRONMENT names." : "."),
                DidYouMean.Suggest(
                    name,
                    known,
                    known.Count == 0 ? "It has no __environments__." : $"Its environments are {string.Join(", ", known)}."));
        return new NodeProject(session, manifest.In(chosen), folder, strict)
        {
            AskedPath = AskedPath,
            AskedEnvironment = asked,
            Warned = Warned,
        };
    }

    /// <summary>The project in the chosen environment, or, where it has some and none was chosen, in each of them.</summary>
    public IReadOnlyList<NodeProject> Views() => Environment is not null || manifest.Environments.Count == 0
        ? [this]
        : [.. manifest.Environments.Select(In)];

    /// <summary>
    /// Ends the command where the manifest has environments and none was chosen: there is no telling whose nodes are meant.
    /// </summary>
    public void RequireEnvironment()
    {
        if (Environment is not null || manifest.Environments.Count == 0)
        {
            return;
        }

        if (manifest.HasErrors)
        {
            CheckAll();
        }

        var known = string.Join(", ", manifest.Environments.Select(environment => environment.Name));
        throw new BakerException(
            ExitCode.BadInput,
            $"Which environment? {manifest.Source.Name} has {known}.",
            $"Name one: --environment {manifest.Environments[0].Name}, BAKER_ENVIRONMENT, or \"environment\" in __settings__.");
    }

    /// <summary>The whole manifest is checked and every diagnostic printed; then the groups asked for (all when none is) are given,
    /// in the manifest's order. Errors, and with <c>--strict</c> warnings, end the command here.</summary>
    public IReadOnlyList<NodeGroup> Groups(IReadOnlyList<string> asked)
    {
        CheckAll();
        return [.. GroupNames.Resolve(manifest, asked).Select(Build)];
    }

    /// <summary>One merged group, still in the manifest's spelling, after the whole manifest was checked.</summary>
    public MergedGroup Merged(string name)
    {
        CheckAll();
        return Read(GroupNames.Resolve(manifest, [name])[0]);
    }

    /// <summary>The same, of a manifest that was checked before.</summary>
    public MergedGroup Read(GroupEntry entry) => GroupReader.ReadOne(manifest, entry, new DiagnosticBag(manifest.Source))!;

    /// <summary>Where to ask what is the same in all Regions: where the first group is; null where no group can be read.</summary>
    public string? FirstRegion => Sound().FirstOrDefault()?.Region;

    /// <summary>The typed groups without those that have errors, and without what their files hold; checks nothing else.</summary>
    public IEnumerable<NodeGroup> Sound()
    {
        foreach (var entry in manifest.HasErrors ? [] : manifest.Groups)
        {
            var diagnostics = new DiagnosticBag(manifest.Source);
            if (GroupReader.ReadOne(manifest, entry, diagnostics) is { } merged && !diagnostics.HasErrors)
            {
                yield return Linked(NodeGroupBuilder.Build(merged));
            }
        }
    }

    /// <summary>The typed group, with what its user data file holds.</summary>
    public NodeGroup Build(GroupEntry entry)
    {
        var group = Linked(NodeGroupBuilder.Build(Read(entry)));
        if (group.UserDataFile is { } file)
        {
            group = group with { UserData = ReadUserData(group.Name, file) };
        }

        if (group.Ssh.PrivateKeyFile is { } key)
        {
            group = group with { Ssh = group.Ssh with { PrivateKeyFile = PathOfSecret(key) } };
        }

        if (group.DataBagSecretFile is { } secret)
        {
            group = group with { DataBagSecretFile = PathOfSecret(secret) };
        }

        if (NodeServices.TakesPart(group) && NodeServices.Excess(group) is var (bytes, longest))
        {
            throw Mistake(
                group.Name,
                longest,
                $"What the nodes of {group.Name} are told of services has {bytes} bytes, most of them of {longest}, "
                    + $"and a parameter of SSM takes {Variable.LargestValue}.",
                "Have a script in the image do what is long here, and call that; or provide and need less in one group.");
        }

        // User data goes out byte for byte, so it is for its author to mend.
        var attribute = group.UserDataFile is null ? "user_data" : "user_data_file";
        if (group.UserData.Length > ShellText.LargestUserData)
        {
            throw Mistake(
                group.Name,
                attribute,
                $"The user data of {group.Name} has {group.UserData.Length} bytes, and EC2 takes {ShellText.LargestUserData}.",
                "Compress it with gzip (cloud-init unpacks it), have it fetch the rest, or do in a provision script what can be "
                    + "done before.");
        }

        return !ShellText.NamesNoInterpreter(group.UserData.Span) ? group
            : throw Mistake(
                group.Name,
                attribute,
                $"{group.Name}: the first line of its user data{(group.UserDataFile is { } named ? $" ({named})" : "")} "
                    + "ends in a carriage return, and no instance would run it.",
                "Save it with the line ends of Unix (\\n).");
    }

    /// <summary>The resources around the fleets, as the environment has them.</summary>
    public MergedResources Resources => _resources ??= MergedResources.Of(manifest, Environment);

    private NodeGroup Linked(NodeGroup group)
    {
        var linked = DesiredEnvironment.Link(group, Resources);
        return linked with { Services = linked.Services with { Catalog = Settings.Catalog } };
    }

    /// <summary>How many errors the manifest has; nothing is printed.</summary>
    public int Mistakes() => manifest.Diagnostics.Concat(Diagnose()).Distinct().Count(each => each.Severity == Severity.Error);

    public void CheckAll() => Report(Diagnose());

    private IReadOnlyList<Diagnostic> Diagnose()
    {
        var groups = new DiagnosticBag(manifest.Source);
        var reader = new GroupReader(manifest);
        foreach (var entry in manifest.AllGroups)
        {
            session.Stop.ThrowIfCancellationRequested();
            reader.Read(entry, groups, everywhere: true);
        }

        ResourceChecks.Check(manifest, groups);
        ServiceGraphChecks.Check(manifest, groups);
        return groups.All;
    }

    /// <summary>
    /// Prints the diagnostics of the frame and of the groups in the order of the text, each warning once, and throws when they stop the
    /// command.
    /// </summary>
    public void Report(IReadOnlyList<Diagnostic> groups)
    {
        if (manifest.Diagnostics.Count + groups.Count == 0)
        {
            return;
        }

        var all = manifest.Diagnostics
            .Concat(groups)
            .Distinct()
            .OrderBy(diagnostic => diagnostic.Position.Line)
            .ThenBy(diagnostic => diagnostic.Position.Column)
            .ToArray();
        var untold = all.Where(diagnostic => diagnostic.Severity == Severity.Error || Warned.Add(diagnostic)).ToArray();
        foreach (var (severity, text) in DiagnosticLines.Of(untold, manifest.AllGroups.Select(group => group.Name.ToString())))
        {
            var lines = text.Split('\n', 2);
            if (severity is { } known)
            {
                session.Terminal.Error.WriteLine(known == Severity.Error ? Tint.Bad : Tint.Warning, lines[0]);
            }
            else
            {
                session.Terminal.Error.WriteLine(lines[0]);
            }

            foreach (var remedy in lines.Skip(1))
            {
                session.Terminal.Error.WriteLine(remedy);
            }
        }

        var errors = all.Count(diagnostic => diagnostic.Severity == Severity.Error);
        var warnings = all.Length - errors;
        if (errors > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{manifest.Source.Name} has {Count(errors, "error")}{(warnings > 0 ? " and " + Count(warnings, "warning") : "")}.",
                "Nothing was done.")
            {
                Diagnostics = [.. all],
            };
        }

        if (strict && warnings > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{manifest.Source.Name} has {Count(warnings, "warning")}, and --strict takes them for errors.",
                "Nothing was done.")
            {
                Diagnostics = [.. all],
            };
        }
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>What a group's attribute brings to light: a mistake at its place in the manifest.</summary>
    public BakerException Mistake(GroupName group, string attribute, string message, string remedy, Exception? cause = null)
    {
        var entry = manifest.AllGroups.First(entry => entry.Name == group);
        var place = Read(entry).Find(Encoding.UTF8.GetBytes(attribute))?.Winner.Position;
        return Mistake(place, message, remedy, cause);
    }

    public BakerException Mistake(Position? place, string message, string remedy, Exception? cause = null) => new(
        ExitCode.BadInput,
        place is { } known ? $"{manifest.Source.Name}:{known}: {message}" : message,
        remedy,
        cause)
    {
        Place = place is { } at ? new SourcePlace(manifest.Source.Name, at) : null,
    };

    private string PathOfSecret(string file) => file.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(session.Environment.Value.GetValueOrDefault("HOME", folder), file[2..])
        : Path.Combine(folder, file);

    /// <summary>What a file holds that the manifest names, by its whole path.</summary>
    public byte[] Read(string path) => ProjectFile.Read(session, path);

    private byte[] ReadUserData(GroupName group, string file)
    {
        var path = Path.Combine(folder, file);
        try
        {
            return Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Mistake(
                group,
                "user_data_file",
                $"The user data file {file} of {group} cannot be read: {error.Message}",
                "Write the file, or correct user_data_file.",
                error);
        }
    }
}
