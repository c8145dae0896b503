using System.Collections.Immutable;
using Baker.Cli.Baking;
using Baker.Cli.Changes;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Discovery;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets;
using Baker.Cloud.Images.Baking;
using Baker.Cloud.Images.Catalog;
using Baker.Cloud.Instances;
using Baker.Cloud.Runs;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Resources;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Fleets;

/// <summary>An open cloud and the manifest, for one command on fleets.</summary>
internal sealed class FleetSession : IDisposable
{
    private readonly Session _session;
    private readonly CloudSession _cloud;
    private CurrentFingerprints _fingerprints;
    private Lazy<BakeInputs> _inputs;
    private readonly EtcdOpening _etcd;
    private readonly Lazy<ServiceGraph> _graph;
    private readonly Lazy<List<string>> _regions;
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    private readonly string _command;
    private (ChangeRecording Recording, FleetGate Gate)? _recording;
    private ChangeCommand? _change;

    private FleetSession(Session session, NodeProject project, CloudSession cloud, string command)
    {
        (_session, Project, _cloud, _command) = (session, project, cloud, command);
        _fingerprints = new CurrentFingerprints(cloud);
        _inputs = new(() => new BakeInputs(Project));
        _etcd = new EtcdOpening(session, project);
        _graph = new(() => new ServiceGraph(Project.Groups([]).Select(ServiceGroup.Of)));
        _regions = new(() => [.. GoneGroups.Regions(Project.Groups([]))]);
        Say = session.Terminal.Error.WriteLine;
        Run = RunId.New(session.Time);
    }

    public NodeProject Project { get; }

    public CloudSession Cloud => _cloud;

    /// <summary>Who is told how the work goes, a line at a time.</summary>
    private Action<string> Say { get; set; }

    /// <summary>Who is shown what tasks print on nodes: of whom, and a piece of it.</summary>
    public Action<string, string> Output { get; set; } = (_, _) => { };

    /// <summary>The id of this run.</summary>
    public string Run { get; }

    /// <summary>Opens the cloud, does the work, closes it; what AWS refuses ends as exit code 3.</summary>
    /// <param name="environment">The environment, where an argument names it.</param>
    /// <param name="ofAccount">Whether the work is on what all environments share: images, and their channels.</param>
    public static async Task<int> UseAsync(
        Session session,
        FleetOptions options,
        string command,
        Func<FleetSession, Task<ExitCode>> work,
        bool ofAccount = false,
        string? environment = null)
    {
        var project = ofAccount ? options.Manifest.Load(session) : options.Manifest.LoadInEnvironment(session, environment);
        try
        {
            var cloud = await options.Cloud.OpenAsync(session, project, $"package {command}").ConfigureAwait(false);
            await using var closing = cloud.ConfigureAwait(false);
            using var fleet = new FleetSession(session, project, cloud, command);
            return (int)await fleet.RecordedAsync(work).ConfigureAwait(false);
        }
        catch (Exception error) when (!session.Stop.IsCancellationRequested && CloudFailure.Explain(error, RemedyOf(command)) is { } reason)
        {
            throw reason;
        }
    }

    /// <summary>The fewest healthy targets that this command has seen.</summary>
    public HealthSeen Health { get; } = new();

    /// <summary>What carries out this command's change; told of what is done with the contexts that are made from now on.</summary>
    /// <param name="log">What its log is called.</param>
    /// <param name="gate">What may keep it from beginning, <see cref="Gate"/>.</param>
    public ChangeCommand Change(string log, bool isDryRun, bool isJson, FleetGate? gate = null)
    {
        var change = _change = new ChangeCommand(_session, Project, log, isDryRun, isJson, gate);
        Say = change.Say;
        if (gate is not null && _recording is var (recording, _))
        {
            change.Begun = () => recording.Tell(change.Say);
            change.Earlier = new EarlierChanges(
                Path.Combine(Project.Folder, ChangeRecording.FolderOf(Project)),
                _command,
                recording.Subject);
        }

        return change;
    }

    /// <summary>Keeps a change of these groups from beginning while that is not to be, and the record of it when it has ended.</summary>
    /// <param name="reason"><c>--override</c>; null where nothing keeps the change from beginning.</param>
    /// <param name="converges">Whether nodes that run get what the project has now.</param>
    public FleetGate Gate(IReadOnlyList<NodeGroup> groups, CommandOption? reason, bool converges = false)
    {
        var recording = new ChangeRecording(_session, this, _command, groups, converges);
        var gate = new FleetGate(
            _session,
            this,
            groups,
            reason is null ? null : FleetArguments.Reason(reason),
            recording,
            isAlwaysOpen: reason is null);
        _recording = (recording, gate);
        return gate;
    }

    public FleetContext Context(NodeGroup group, string? wait = null)
    {
        var region = _cloud.Region(group.Region);
        return new FleetContext
        {
            Clients = region.Clients,
            Pacer = region.Pacer,
            Time = _session.Time,
            Clock = _cloud.Clock,
            Operator = Operator.OfThisProcess(),
            Scope = new NodeScope(Project.Environment?.Name),
            Tagging = Project.Tagging,
            Seen = Health,
            Say = Say,
            Report = progress => _change?.Take(group.Name, progress),
            Suggested = _cloud.Suggested,
            Poll = region.Clients.Pace.Fleet,
            Notice = Project.Settings.Catalog.Settle ?? FleetContext.UsualNotice,
            HealthLimit = wait is null ? TimeSpan.FromMinutes(15) : FleetArguments.Duration("--wait", wait),
        };
    }

    /// <summary>Which groups provide and need which services.</summary>
    public ServiceGraph Graph => _graph.Value;

    /// <summary>Those of the manifest's groups.</summary>
    public IReadOnlyList<string> Regions => _regions.Value;

    /// <summary>The catalogue of services of a context's environment and Region.</summary>
    public IServiceCatalog CatalogIn(FleetContext context)
    {
        if (_etcd.Client is not { } etcd)
        {
            return new SsmCatalog(context with { Say = SayOnce });
        }

        // etcd's entries are of all Regions; whose zone is of none of the manifest's are the first one's.
        var regions = _regions.Value;
        var here = context.Clients.Region;
        return new EtcdCatalog(etcd, Project.Environment?.Name, SayOnce)
        {
            Time = context.Time,
            IsHere = entry => IsIn(entry.Zone, here) || (here == regions[0] && !regions.Exists(region => IsIn(entry.Zone, region))),
        };
    }

    public void Dispose() => _etcd.Dispose();

    /// <summary>What is no entry is there at the next look too.</summary>
    private void SayOnce(string line)
    {
        if (_said.Add(line))
        {
            Say(line);
        }
    }

    /// <summary>What has the services of a group's nodes.</summary>
    public INodeServices ServicesOf(NodeGroup group)
    {
        var context = Context(group);
        var isNeeded = group.Provides.Any(service => Graph.NeedersOf(service.Name).Any());
        return new GroupServices(context, CatalogIn(context), group.Name, isNeeded);
    }

    /// <summary>A group and its fleet's settings, with what has the services of its nodes.</summary>
    public FleetTarget TargetOf(NodeGroup group, FleetSettings settings) => new(group, settings)
    {
        Services = ServicesOf(group),
        Judges = new JudgeScripts(_session, Project),
        Tasks = new NodeTasks(_session, this, group, (subject, text) => Output(subject, text)),
    };

    /// <summary>The groups that are on the cloud alone.</summary>
    public GoneGroups Gone => new(Project, group => Context(group));

    /// <summary>
    /// The same, also for a group that the manifest has no more, of which nothing is known but its name, or that has no fleet there.
    /// </summary>
    public async Task<FleetTarget> TargetWithGoneAsync(string asked)
    {
        var found = await Gone.FindAsync(asked, _session.Stop).ConfigureAwait(false);
        if (found is null && Project.Groups([asked])[0] is { Autoscale: null } fleetless)
        {
            found = await Gone.IsThereAsync(fleetless, _session.Stop).ConfigureAwait(false) ? fleetless : null;
        }

        return found is null ? Target(asked) : TargetOf(found, new FleetSettings());
    }

    /// <summary>The group of a node, which the manifest may have no more.</summary>
    public NodeGroup GroupOf(NodeInstance node) => Gone.IsGone(node.Group)
        ? Gone.Of(GroupName.Parse(node.Group), node.Region)
        : Project.Groups([node.Group])[0];

    /// <summary>The nodes of these groups; where no group is named, of all.</summary>
    /// <param name="withKept">Also what failed bakes left; and where no group is named, what the manifest has no more.</param>
    public async Task<List<NodeInstance>> NodesAsync(IReadOnlyList<string> asked, bool withKept = false)
    {
        var all = new List<NodeInstance>();
        var groups = Project.Groups(asked);
        foreach (var region in asked.Count == 0 ? GoneGroups.Regions(groups) : groups.Select(group => group.Region).Distinct())
        {
            var reader = new InstanceReader(Context(Gone.Of(default, region)));
            string[] names = [.. groups.Where(group => group.Region == region).Select(group => group.Name)];
            all.AddRange(await (withKept && asked.Count == 0 ? reader.ReadAllWithKeptAsync(_session.Stop)
                : withKept ? reader.ReadWithKeptAsync(names, _session.Stop)
                : reader.ReadAsync(names, _session.Stop)).ConfigureAwait(false));
        }

        return all;
    }

    /// <summary>What tells nodes of the datastores that their groups use, and of services; null where there is nothing.</summary>
    public EnvironmentOperation? Endpoints(IReadOnlyList<NodeGroup> groups) =>
        DesiredEnvironment.Of(Project.Resources, groups).OfNodes() is var desired
        && (!desired.Resources.IsEmpty || (!Graph.Groups.IsEmpty && groups.Any(NodeServices.MayHaveLeft)))
            ? new EnvironmentOperation(ContextIn, desired, EnvironmentAction.Endpoints, Run, breakLock: false, fleets: null)
            : null;

    /// <summary>How the datastores that the groups use are, beside what their nodes are given of them.</summary>
    public Task<ImmutableArray<DatastoreState>> DatastoresAsync(IReadOnlyList<NodeGroup> groups) =>
        DatastoreState.ReadAsync(ContextIn, DesiredEnvironment.Of(Project.Resources, groups), _session.Stop);

    public FleetTarget Target(string asked)
    {
        var found = Project.Groups([asked])[0];
        return TargetOf(found, FleetSettingsReader.Read(found));
    }

    /// <summary>
    /// The images to deploy, one for each architecture: those named, or the newest with the current fingerprint; verified, where
    /// their group asks for that.
    /// </summary>
    /// <param name="ahead">The images of many groups, where they have been read.</param>
    public async Task<FleetImage> ImageAsync(FleetContext context, NodeGroup group, ImageChoice choice, FleetImages? ahead = null)
    {
        var images = ahead ?? new FleetImages(context);
        if (choice.Image is { } asked)
        {
            return await images.NamedAsync(group, asked, choice.AllowsUnverified, _session.Stop).ConfigureAwait(false);
        }

        var chosen = new List<CatalogImage>();
        foreach (var variant in group.Variants)
        {
            chosen.Add(await images.ChooseAsync(
                variant,
                group.ImageChannel is null ? await BakedNowAsync(variant).ConfigureAwait(false) : null,
                choice.AllowsStale,
                choice.AllowsUnverified,
                _session.Stop).ConfigureAwait(false));
        }

        return new FleetImage(chosen[0].Id, chosen[0].Fingerprint ?? "") { Others = [.. chosen.Skip(1).Select(image => image.Id)] };
    }

    /// <summary>
    /// The fingerprint of the image that the group's fleet should have: its channel's, or one baked now; null where there is none.
    /// </summary>
    public async Task<string?> FingerprintAsync(NodeGroup group) => group.ImageChannel is { } channel
        ? (await new FleetImages(Context(group)).OfChannelAsync(group.Name, channel, _session.Stop).ConfigureAwait(false)).Fingerprint
        : await BakedNowAsync(group.Variants[0]).ConfigureAwait(false);

    /// <summary>What an image of each group would be made from now, and which image that starts from; null where there is none.</summary>
    public async Task<IReadOnlyList<(BakeInput Input, string? Source)>> MadeFromAsync(IReadOnlyList<NodeGroup> variants)
    {
        var made = new List<(BakeInput, string?)>();
        foreach (var input in _inputs.Value.Of(variants))
        {
            made.Add((input, await _fingerprints.SourceAsync(input, _session.Stop).ConfigureAwait(false)));
        }

        return made;
    }

    /// <summary>Has what images are made from be looked at anew: some were made since, or time has gone by.</summary>
    public void LookAgain()
    {
        _fingerprints = new CurrentFingerprints(_cloud);
        _inputs = new(() => new BakeInputs(Project));
    }

    private static string RemedyOf(string command)
    {
        var look = command.StartsWith("environment:", StringComparison.Ordinal) ? "environment:status" : "autoscale:status";
        return $"What was done before stays; {look} shows it, and the same command goes on.";
    }

    /// <summary>Does the work, and keeps the record of what it has changed, however it ends.</summary>
    private async Task<ExitCode> RecordedAsync(Func<FleetSession, Task<ExitCode>> work)
    {
        try
        {
            var code = await work(this).ConfigureAwait(false);
            await RecordAsync(null, code).ConfigureAwait(false);
            return code;
        }
        catch (Exception error)
        {
            await RecordAsync(error, ExitCode.Done).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RecordAsync(Exception? failure, ExitCode code)
    {
        if (_recording is var (recording, gate) && _change is { IsDone: true, Count: > 0 } change)
        {
            await recording.EndAsync(change, gate.Reason, failure, code).ConfigureAwait(false);
        }
    }

    private FleetContext ContextIn(string region) => Context(Gone.Of(default, region));

    /// <summary>What an image of the group would carry that is baked now; null where there is none, or nobody can say.</summary>
    public Task<string?> TryBakedNowAsync(NodeGroup group) => OrNullAsync(() => BakedNowAsync(group));

    /// <summary>The same as <see cref="FingerprintAsync"/>; null also where nobody can say.</summary>
    public Task<string?> TryFingerprintAsync(NodeGroup group) => OrNullAsync(() => FingerprintAsync(group));

    private static async Task<string?> OrNullAsync(Func<Task<string?>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (BakerException)
        {
            return null;
        }
    }

    private Task<string?> BakedNowAsync(NodeGroup group)
    {
        BakeInput input;
        lock (_inputs) // the fleets of an environment are changed side by side
        {
            input = _inputs.Value.Of(group);
        }

        return _fingerprints.OfAsync(input, _session.Stop);
    }

    /// <summary>Whether a zone is one of the Region's: <c>us-east-1a</c>, or a local one such as <c>us-east-1-bos-1a</c>.</summary>
    private static bool IsIn(string zone, string region) =>
        zone.StartsWith(region, StringComparison.Ordinal) && zone.Length > region.Length && !char.IsAsciiDigit(zone[region.Length]);
}
