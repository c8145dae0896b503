using System.Collections.Immutable;
using Baker.Cli.Changes;
using Baker.Cli.Fleets;
using Baker.Cloud.Configuration;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Configuration;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands.Config;

/// <summary>A place of configuration in one Region, and what the manifest says of what is kept there.</summary>
internal sealed record ConfigTarget(FleetContext Context, string Region, ConfigPath Place, ImmutableArray<string> Secrets, string? Key)
{
    public ConfigStore Store => new(Context);

    /// <summary>How people call it.</summary>
    public string Words => Place.Group is null ? $"{Place.Words} in {Region}" : Place.Words;

    public static CommandOption ForAllOption(CommandLineApplication command) => command.Option(
        "--all-groups",
        "What is for all groups, instead of one group's; then no group is named.",
        CommandOptionType.NoValue);

    /// <summary>The first argument is the group, unless it is about all groups.</summary>
    public static (string? Group, IReadOnlyList<string> Others) Split(CommandArgument arguments, CommandOption forAll)
    {
        var words = arguments.Values.OfType<string>().ToList();
        return forAll.HasValue() ? (null, words)
            : words.Count > 0 ? (words[0], words[1..])
            : throw new BakerException(ExitCode.BadInput, "Which group?", "Name a group of the manifest, or say --all-groups.");
    }

    /// <summary>What carries out a change of a group's configuration, or of that for all groups.</summary>
    public static ChangeCommand Change(
        FleetSession fleet,
        string? group,
        string verb,
        CommandOption dryRun,
        CommandOption json,
        CommandOption reason) => fleet.Change(
        $"{group ?? "all-groups"}.config-{verb}",
        dryRun.HasValue(),
        json.HasValue(),
        fleet.Gate(fleet.Project.Groups(group is null ? [] : [group]), reason));

    /// <summary>The place of a group; or that for all groups, in each Region that the manifest has groups in.</summary>
    public static IReadOnlyList<ConfigTarget> Of(FleetSession fleet, string? group)
    {
        if (group is null)
        {
            return [.. fleet.Project.Groups([]).GroupBy(each => each.Region).Select(region => ForAll(fleet, region.Key, [.. region]))];
        }

        return [OfGroup(fleet, fleet.Project.Groups([group])[0])];
    }

    public static ConfigTarget OfGroup(FleetSession fleet, NodeGroup group) => new(
        fleet.Context(group),
        group.Region,
        ConfigPath.Of(group.Environment, group.Name),
        group.Config?.Secrets ?? [],
        group.Config?.KmsKeyId);

    private static ConfigTarget ForAll(FleetSession fleet, string region, ImmutableArray<NodeGroup> groups)
    {
        var settings = groups.Select(group => group.Config).OfType<ConfigSettings>().ToList();
        var keys = settings.Select(each => each.KmsKeyId).Distinct().ToList();
        return keys.Count <= 1
            ? new(
                fleet.Context(groups[0]),
                region,
                ConfigPath.ForAll(groups[0].Environment),
                [.. settings.SelectMany(each => each.Secrets).Distinct()],
                keys.SingleOrDefault())
            : throw new BakerException(
                ExitCode.BadInput,
                $"The groups in {region} name different config_kms_key_id: which one is for the secrets of all?",
                "Name one in __base__, or set the secrets for each group.");
    }
}
