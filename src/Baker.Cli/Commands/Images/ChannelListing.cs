using System.Globalization;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands.Images;

/// <summary><c>image:channels</c>: what each channel points at, and with the history what it has pointed at.</summary>
/// <param name="account">The other account whose channels they are; null: this one.</param>
internal sealed class ChannelListing(Session session, CloudSession cloud, OtherAccount? account)
{
    public async Task<ExitCode> RunAsync(IReadOnlyList<NodeGroup> groups, bool all, bool withHistory, bool json)
    {
        var rows = new List<Row>();
        var places = groups
            .SelectMany(group => (account?.RegionsFor(group.Regions) ?? group.Regions).Select(region => (region, group)))
            .ToLookup(place => place.region, place => place.group);
        foreach (var place in places.OrderBy(place => place.Key, StringComparer.Ordinal))
        {
            rows.AddRange(await ReadAsync(place.Key, [.. place], all, withHistory).ConfigureAwait(false));
        }

        if (json)
        {
            session.Terminal.Out.WriteLine(new JArray(rows.Select(Json)).Indented());
        }
        else if (rows.Count == 0)
        {
            session.Terminal.Error.WriteLine(
                $"No channel yet. {cloud.Suggested.Package($"image:promote GROUP --to production{To(account)}")} makes one.");
        }
        else
        {
            Print(rows, places.Count > 1, withHistory);
        }

        return ExitCode.Done;
    }

    private static string To(OtherAccount? account) => account is null ? "" : $" --account {account.Name}";

    private async Task<List<Row>> ReadAsync(string name, IReadOnlyList<NodeGroup> groups, bool all, bool withHistory)
    {
        var owner = account is null ? cloud : await cloud.InAsync(account, name).ConfigureAwait(false);
        var region = owner.Region(name);
        var channels = new ImageChannels(region.Clients, cloud.Pacer);
        var wanted = groups.Select(group => group.Name).ToHashSet();
        var found = new List<ImageChannel>();
        if (all)
        {
            found.AddRange(await channels.ReadAsync(group: null, session.Stop).ConfigureAwait(false));
        }
        else
        {
            foreach (var group in groups)
            {
                found.AddRange(await channels.ReadAsync(group.Name, session.Stop).ConfigureAwait(false));
            }
        }

        // What another account has is its own copy, or shared with it from here.
        var images = await new ImageCatalog(cloud).ReadAsync(name, wanted, session.Stop).ConfigureAwait(false);
        var copies = account is null ? images : await new ImageCatalog(owner).ReadAsync(name, wanted, session.Stop).ConfigureAwait(false);
        var rows = new List<Row>();
        foreach (var channel in found.Where(channel => wanted.Contains(channel.Group)))
        {
            var past = withHistory
                ? await channels.HistoryAsync(channel.Group, channel.Name, session.Stop).ConfigureAwait(false)
                : [channel];
            rows.AddRange(past.Select((version, index) => new Row(
                name,
                version,
                images.GetValueOrDefault(version.ImageId) ?? copies.GetValueOrDefault(version.ImageId),
                IsNow: index == 0)));
        }

        return rows;
    }

    private void Print(List<Row> rows, bool severalRegions, bool withHistory)
    {
        var now = cloud.Clock.UtcNow;
        string[] Cells(string channel, string image, string since, string region, string name) =>
            [channel, image, since, .. severalRegions ? [region] : (string[])[], name];
        session.Terminal.Out.WriteLine(TextTable.Of(
            Cells("CHANNEL", "IMAGE", "SINCE", "REGION", "NAME"),
            rows.Select(row => Cells(
                row.IsNow ? $"{row.Channel.Group}:{row.Channel.Name}" : "",
                row.Channel.ImageId,
                Age.Of(now - row.Channel.Since),
                row.Region,
                row.Words(now) + (withHistory && row.Channel.By is { } by ? $"  by {by}" : ""))),
            session.Terminal.Columns));
    }

    private JObject Json(Row row) => new()
    {
        ["group"] = row.Channel.Group.ToString(),
        ["account"] = account?.Name,
        ["channel"] = row.Channel.Name,
        ["region"] = row.Region,
        ["image"] = row.Channel.ImageId,
        ["name"] = row.Image?.Name,
        ["problem"] = row.Image is null ? "is gone" : row.Image.WhyNot(cloud.Clock.UtcNow),
        ["version"] = row.Channel.Version,
        ["since"] = row.Channel.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["by"] = row.Channel.By,
        ["now"] = row.IsNow,
        ["parameter"] = ImageChannels.NameOf(row.Channel.Group, row.Channel.Name),
    };

    private sealed record Row(string Region, ImageChannel Channel, CatalogImage? Image, bool IsNow)
    {
        public string Words(DateTimeOffset now) => Image is null ? "(it is gone)"
            : Image.WhyNot(now) is { } why ? $"{Image.Name} (it {why})"
            : Image.Name;
    }
}
