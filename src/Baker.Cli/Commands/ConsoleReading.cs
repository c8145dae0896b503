using Baker.Cli.Commands.Images;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Fleets.Operations;
using Baker.Core.Discovery;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary>
/// What <c>console</c> shows, by the readers and writers of <c>autoscale:status</c>, <c>image:list</c>, <c>service:list</c> and
/// <c>change:list</c>. What seldom changes is read at every so manieth look, and after each news of the fleets.
/// </summary>
internal sealed class ConsoleReading(Session session, FleetSession fleet)
{
    private const int LooksUntilAll = 6;

    private readonly Dictionary<string, FleetTraffic> _traffic = new(StringComparer.Ordinal);
    private readonly string? _manifest = FileOf(Path.GetFullPath(fleet.Project.Manifest.Source.Name, session.WorkingFolder));
    private int _looks;
    private string _fleets = "";
    private JObject _rest = [];

    /// <summary>One look, as JSON on one line.</summary>
    public async Task<string> ReadAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var isWhole = _looks++ % LooksUntilAll == 0;
        if (isWhole)
        {
            fleet.LookAgain();
        }

        var seen = await AutoscaleControlCommands.SeeAsync(session, fleet, []).ConfigureAwait(false);
        var fleets = StatusText.Json(seen.Reports, seen.Current, seen.WithTargets, fleet.Cloud.Suggested);
        var text = fleets.ToString(Formatting.None);
        if (isWhole || text != _fleets)
        {
            _rest = await RestAsync(seen).ConfigureAwait(false);
            _fleets = text;
        }

        return new JObject(_rest)
        {
            ["fleets"] = fleets,
            ["with_targets"] = seen.WithTargets,
            ["manifest_moved"] = HasMoved(),
            ["traffic"] = await TrafficAsync(seen, stop).ConfigureAwait(false),
        }.ToString(Formatting.None);
    }

    /// <summary>Null where the manifest came from a pipe, which nobody can read again.</summary>
    private static string? FileOf(string path) =>
        new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path) is { Exists: true, Length: > 0 } file
            ? file.FullName
            : null;

    /// <summary>Whether the manifest is another by now than the one that is shown.</summary>
    private bool HasMoved()
    {
        try
        {
            return _manifest is not null
                && !File.ReadAllBytes(_manifest).AsSpan().SequenceEqual(fleet.Project.Manifest.Source.Bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>The requests to the fleets that are being changed, by their groups; for a region where they cannot be read, why.</summary>
    private async Task<JObject> TrafficAsync(FleetsSeen seen, CancellationToken stop)
    {
        var traffic = new JObject();
        var regions = fleet.Project.Groups([]).ToDictionary(group => group.Name, group => group.Region);
        var changes = seen.Reports
            .Where(report => report.Journal is { TargetGroups.IsEmpty: false })
            .Select(report => report.Journal!)
            .GroupBy(journal => regions.GetValueOrDefault(journal.Group) ?? fleet.Regions[0], StringComparer.Ordinal);
        foreach (var region in changes)
        {
            if (!_traffic.TryGetValue(region.Key, out var reader))
            {
                _traffic[region.Key] = reader = new FleetTraffic(fleet.Context(fleet.Gone.Of(default, region.Key)));
            }

            try
            {
                foreach (var (group, lines) in await reader.ReadAsync([.. region], stop).ConfigureAwait(false))
                {
                    traffic[group.ToString()] = new JObject { ["lines"] = new JArray(lines.Select(Counted)) };
                }
            }
            catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.Explain(error) is { } why)
            {
                foreach (var journal in region)
                {
                    traffic[journal.Group.ToString()] = new JObject { ["lines"] = new JArray(), ["problem"] = why.Message };
                }
            }
        }

        return traffic;
    }

    private static JObject Counted(TrafficLine line) => new()
    {
        ["fleet"] = line.Fleet,
        ["from"] = line.Points.IsEmpty ? 0 : line.Points[0].At.ToUnixTimeMilliseconds(),
        ["requests"] = new JArray(line.Points.Select(point => point.Requests)),
        ["errors"] = new JArray(line.Points.Select(point => point.Errors)),
    };

    private async Task<JObject> RestAsync(FleetsSeen seen)
    {
        var project = fleet.Project;
        var groups = project.Groups([]);
        var contents = await ContentsAsync(groups, seen).ConfigureAwait(false);
        var images = (await CatalogReading.ReadAsync(fleet.Cloud, groups, withOrphans: false, session.Stop).ConfigureAwait(false))
            .SelectMany(region => region.Images.Select(image => new ListedImage(image, contents.Of(image), region.Users.Of(image.Id))))
            .OrderByDescending(listed => listed.Image.Created)
            .ThenByDescending(listed => listed.Image.Name, StringComparer.Ordinal);
        var services = await ServiceView.ReadAsync(session, fleet, null).ConfigureAwait(false);
        var changes = await ChangeCommands.ReadAsync(session, fleet).ConfigureAwait(false);
        return new JObject
        {
            ["environment"] = project.Environment?.Name.ToString(),
            ["environments"] = new JArray(project.Manifest.Environments.Select(each => each.Name.ToString())),
            ["cloud"] = fleet.Cloud.Region(fleet.Regions[0]).Clients.CloudName,
            ["options"] = fleet.Cloud.Suggested.PackageOptions,
            ["groups"] = new JArray(groups.Select(Described)),
            ["images"] = new JArray(images.Select(image => image.ToJson())),
            ["graph"] = ServiceGraphText.Json(services.Graph, project.Environment?.Name),
            ["services"] = new JArray(services.Announced.Select(ServiceLookCommands.Described)),
            ["changes"] = new JArray(changes.Select(record => record.ToJson())),
        };
    }

    private async Task<CurrentContents> ContentsAsync(IReadOnlyList<NodeGroup> groups, FleetsSeen seen)
    {
        var contents = new CurrentContents();
        foreach (var group in groups)
        {
            foreach (var variant in group.Variants)
            {
                // Fleets were compared with the same, where no channel says what they should have.
                var isKnown = group is { ImageChannel: null, Variants.Count: 1 } && seen.Current.ContainsKey(group.Name);
                contents.Add(variant, isKnown ? seen.Current[group.Name] : await fleet.TryBakedNowAsync(variant).ConfigureAwait(false));
            }
        }

        return contents;
    }

    private static JObject Described(NodeGroup group) => new()
    {
        ["name"] = group.Name.ToString(),
        ["region"] = group.Region,
        ["channel"] = group.ImageChannel?.ToString(),
        ["has_fleet"] = group.Autoscale is not null,
    };
}
