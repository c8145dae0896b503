using Baker.Cli.Changes;
using Baker.Cli.Commands.Images;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Fleets;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>image:promote</c>, <c>rollback</c>, <c>demote</c> and <c>channels</c>: names that point at images.</summary>
internal static class ChannelCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("image:promote", command => Promote(command, session));
        app.Command("image:rollback", command => Rollback(command, session));
        app.Command("image:demote", command => Demote(command, session));
        app.Command("image:channels", command => List(command, session));
    }

    private static void Promote(CommandLineApplication command, Session session)
    {
        command.Description = "Point a channel of the group at one of its images.";
        var group = command.Argument("group", "The group.");
        var image = command.Argument("image", "The image, by its id or name (default: the newest that may be used).");
        var to = command.Option("--to <CHANNEL>", "The channel; it is made where there is none.", CommandOptionType.SingleValue);
        var from = command.Option("--from <CHANNEL>", "Take the image that this channel points at.", CommandOptionType.SingleValue);
        Register(command, session, group, () => Channel(to), _ =>
        {
            if (image.Value is not null && from.HasValue())
            {
                throw new BakerException(ExitCode.BadInput, "The image is named twice: itself, and by --from.", "Leave one of them out.");
            }

            return image.Value is { } asked ? (promotion, good, stop) => promotion.NamedAsync(asked, good, stop)
                : from.HasValue() ? (promotion, good, stop) => promotion.OfChannelAsync(Channel(from), good, stop)
                : (promotion, good, stop) => promotion.NewestAsync(good, stop);
        });
    }

    private static void Rollback(CommandLineApplication command, Session session)
    {
        command.Description = "Point a channel of the group at the image that it pointed at before.";
        var group = command.Argument("group", "The group.");
        var channel = command.Option("--channel <CHANNEL>", "The channel.", CommandOptionType.SingleValue);
        Register(command, session, group, () => Channel(channel), say => (promotion, good, stop) =>
            promotion.BeforeAsync(good, say, stop));
    }

    private static void Demote(CommandLineApplication command, Session session)
    {
        command.Description = "Remove a channel of the group; the image stays.";
        var group = command.Argument("group", "The group.");
        var channel = command.Option("--channel <CHANNEL>", "The channel.", CommandOptionType.SingleValue);
        var abroad = AccountChoice.On(command, "The channel is this other account's");
        var options = FleetOptions.On(command);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "image:demote", async fleet =>
        {
            var (named, name) = (fleet.Project.Groups([FleetArguments.Required(group)])[0], Channel(channel));
            var account = abroad.In(fleet.Project);
            if (account is null && named.ImageChannel == name)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"\"image_channel\" of {named.Name} is {name}: its fleet would find no image.",
                    "Change the manifest first.");
            }

            var regions = new List<CloudRegion>();
            foreach (var region in account?.RegionsFor(named.Regions) ?? named.Regions)
            {
                var cloud = account is null ? fleet.Cloud : await fleet.Cloud.InAsync(account, region).ConfigureAwait(false);
                regions.Add(cloud.Region(region));
            }

            using var change = fleet.Change($"{named.Name}.image-demote", dryRun.HasValue(), json.HasValue());
            await change.ApplyAsync(new Demotion(fleet.Cloud, named.Name, name, regions)).ConfigureAwait(false);
            return change.End(
                ExitCode.Done,
                $"{named.Name}:{name}{(account is null ? "" : $" of {account.Name}")} is no more",
                new JObject
                {
                    ["group"] = named.Name.ToString(),
                    ["channel"] = name,
                    ["account"] = account?.Name,
                    ["parameter"] = ImageChannels.NameOf(named.Name, name),
                });
        }, ofAccount: true));
    }

    private static void Register(
        CommandLineApplication command,
        Session session,
        CommandArgument group,
        Func<string> channelOf,
        Func<Action<string>, Func<Promotion, IReadOnlyList<CatalogImage>, CancellationToken, Task<CatalogImage>>> chooser)
    {
        var abroad = AccountChoice.On(command, "The channel is this other account's, which is given the image");
        var options = FleetOptions.On(command);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, command.Name!, async fleet =>
        {
            var (named, channel) = (fleet.Project.Groups([FleetArguments.Required(group)])[0], channelOf());
            using var change = fleet.Change($"{named.Name}.{command.Name!.Replace(':', '-')}", dryRun.HasValue(), json.HasValue());
            if (abroad.In(fleet.Project) is { } account)
            {
                return await PromoteAbroadAsync(session, fleet, change, named, channel, account, chooser(change.Say)).ConfigureAwait(false);
            }

            var promotion = new Promotion(fleet.Cloud, named, channel, chooser(change.Say));
            await change.ApplyAsync(promotion).ConfigureAwait(false);
            var chosen = promotion.Chosen!;
            var next = change.Count == 0 ? "" : await NextAsync(session, fleet, named, channel).ConfigureAwait(false);
            return change.End(
                ExitCode.Done,
                change.Count == 0
                    ? $"{named.Name}:{channel} is {chosen.Id} \"{chosen.Name}\"{WhoseOf(fleet, chosen)} already"
                    : $"{named.Name}:{channel} is {chosen.Id} \"{chosen.Name}\"{WhoseOf(fleet, chosen)}{next}",
                new JObject
                {
                    ["group"] = named.Name.ToString(),
                    ["channel"] = channel,
                    ["image"] = chosen.Id,
                    ["name"] = chosen.Name,
                    ["parameter"] = ImageChannels.NameOf(named.Name, channel),
                });
        }, ofAccount: true));
    }

    /// <summary>Where no environment was chosen, the newest may be any one's.</summary>
    private static string WhoseOf(FleetSession fleet, CatalogImage image) =>
        fleet.Project.Environment is null && !image.Environments.IsEmpty ? $" of {string.Join(", ", image.Environments)}" : "";

    private static async Task<ExitCode> PromoteAbroadAsync(
        Session session,
        FleetSession fleet,
        ChangeCommand change,
        NodeGroup group,
        string channel,
        OtherAccount account,
        Func<Promotion, IReadOnlyList<CatalogImage>, CancellationToken, Task<CatalogImage>> choose)
    {
        var first = account.RegionsFor(group.Regions).First();
        var there = await fleet.Cloud.InAsync(account, first).ConfigureAwait(false);
        var promotion = new AccountPromotion(
            fleet.Cloud,
            there,
            account,
            group,
            channel,
            new Promotion(fleet.Cloud, group, channel, choose, (there, first)));
        await change.ApplyAsync(promotion).ConfigureAwait(false);
        var chosen = promotion.Chosen!;
        if (change.IsDone)
        {
            var store = ContentsCommands.Store(fleet, group.Region);
            foreach (var (copy, image) in promotion.Copies)
            {
                await store.CopyAsync(image, copy, change.Say, session.Stop).ConfigureAwait(false);
            }
        }

        return change.End(
            ExitCode.Done,
            $"{group.Name}:{channel} of {account.Name} is {chosen.Id} \"{chosen.Name}\"{(change.Count == 0 ? " already" : "")}"
                + string.Concat(promotion.Images
                    .Where(image => image.Value != chosen.Id)
                    .Select(image => $"\n  {image.Key}: {image.Value}")),
            new JObject
            {
                ["group"] = group.Name.ToString(),
                ["channel"] = channel,
                ["account"] = account.Name,
                ["image"] = chosen.Id,
                ["name"] = chosen.Name,
                ["images"] = new JObject(promotion.Images.Select(image => new JProperty(image.Key, image.Value))),
                ["parameter"] = ImageChannels.NameOf(group.Name, channel),
            });
    }

    private static async Task<string> NextAsync(Session session, FleetSession fleet, NodeGroup group, string channel)
    {
        if (group.Autoscale is null || group.ImageChannel != channel)
        {
            return "";
        }

        var fleets = await new FleetReader(fleet.Context(group)).OfNodeGroupAsync(group.Name, session.Stop).ConfigureAwait(false);
        return fleets.Count == 0
            ? $"; {fleet.Cloud.Suggested.Package($"autoscale:run {group.Name}")} makes a fleet of it"
            : $"; its fleet takes it with {fleet.Cloud.Suggested.Package($"autoscale:update {group.Name}")}";
    }

    private static void List(CommandLineApplication command, Session session)
    {
        command.Description = "List the channels of the groups, and what they point at.";
        var groups = command.Argument("group", "The groups (default: all).", multipleValues: true);
        var abroad = AccountChoice.On(command, "Those of this other account");
        var history = command.Option("--history", "Show what they have pointed at, too.", CommandOptionType.NoValue);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        ImageCommands.OnCloud(command, session, groups, "package image:channels", (cloud, project, chosen) =>
            new ChannelListing(session, cloud, abroad.In(project)).RunAsync(
                chosen,
                groups.Values.Count == 0,
                history.HasValue(),
                json.HasValue()));
    }

    private static string Channel(CommandOption option) => option.Value() switch
    {
        null => throw new BakerException(ExitCode.BadInput, "Which channel?", $"Name it: --{option.LongName} production"),
        var name when Shapes.IsChannel(name) => name,
        var name => throw new BakerException(
            ExitCode.BadInput,
            $"{Quoting.Quote(name)} cannot be the name of a channel.",
            "Start with a lower-case letter; use only those, digits and '-'; at most 63 characters, and not ami-…"),
    };
}
