using Baker.Cli.Commands.Images;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>image:revoke</c>: an image that is not to be launched any more.</summary>
internal static class RevokeCommand
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("image:revoke", command =>
    {
        command.Description = "Let nothing launch an image any more; what runs of it stays.";
        var image = command.Argument("image", "The image, by its id or name; its copies are meant, too.");
        var why = command.Option("--why <TEXT>", "Why; everyone who meets the image is told.", CommandOptionType.SingleValue);
        var after = command.Option("--in <TIME>", "From when on: 7d, say (default: now).", CommandOptionType.SingleValue);
        var descendants = command.Option("--descendants", "And what was made from it.", CommandOptionType.NoValue);
        var undo = command.Option("--undo", "Take it back.", CommandOptionType.NoValue);
        var options = FleetOptions.On(command);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "image:revoke", async fleet =>
        {
            var asked = FleetArguments.Required(image);
            var pause = after.Value() is { } time ? FleetArguments.Duration("--in", time) : TimeSpan.Zero;
            var revocation = undo.HasValue() ? null : new Revocation(
                Seconds(fleet.Cloud.Clock.UtcNow + pause),
                Reason(why.Value(), asked));
            using var change = fleet.Change("image-revoke", dryRun.HasValue(), json.HasValue());
            var operation = new RevocationOperation(
                fleet.Cloud,
                new RevocationOrder(asked, revocation, descendants.HasValue()),
                stop => CatalogReading.ReadAsync(fleet.Cloud, fleet.Project.Groups([]), withOrphans: false, stop),
                new AbroadUsers(fleet.Cloud, fleet.Project.Settings.Accounts, change.Say),
                change.Say);
            await change.ApplyAsync(operation).ConfigureAwait(false);
            var ids = operation.Meant.Select(each => each.Id).ToList();
            return change.End(
                ExitCode.Done,
                change.Count == 0 ? $"{asked}: nothing to do"
                    : $"{string.Join(", ", ids)} {(revocation?.Words(fleet.Cloud.Clock.UtcNow) ?? "may be launched again")}",
                new JObject { ["images"] = new JArray(ids), ["revoked"] = revocation?.ToString() });
        }, ofAccount: true));
    });

    private static string Reason(string? why, string image)
    {
        if (why is not { Length: > 0 })
        {
            throw new BakerException(
                ExitCode.BadInput,
                "An image is revoked for a reason, which everyone who meets it is told.",
                $"package image:revoke {image} --why \"CVE-2026-1234 in openssl\"");
        }

        return why.Length <= MostOfWhy && !why.Any(char.IsControl) ? why : throw new BakerException(
            ExitCode.BadInput,
            $"--why takes one line of at most {MostOfWhy} characters.",
            "Shorten it; a link to the rest fits.");
    }

    private const int MostOfWhy = 200;

    // A tag holds no fractions.
    private static DateTimeOffset Seconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
