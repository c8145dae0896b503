using System.Globalization;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Core;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>service:watch</c>: what changes in the catalogue, and in how its services are, while one looks.</summary>
internal static class ServiceWatchCommand
{
    /// <summary>Whether nodes live is not in the catalogue: it is looked up at every so manieth look, and after each change.</summary>
    private const int LooksUntilHealth = 4;

    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Follow the catalogue: a line for each service that comes, goes or turns unwell, until Ctrl-C.";
        var asked = command.Argument("service", "The services; all where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON, an object a line.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "service:watch", async fleet =>
        {
            var names = asked.Values.OfType<string>().Distinct().ToList();
            var only = names is [var one] ? one : null;
            var regions = fleet.Regions
                .Select(region => fleet.Context(fleet.Gone.Of(default, region)))
                .ToList();
            var catalogs = regions.ConvertAll(fleet.CatalogIn);
            var versions = await VersionsAsync().ConfigureAwait(false);
            var view = await ServiceView.ReadAsync(session, fleet, only).ConfigureAwait(false);
            names.ForEach(name => view.Require(name));
            if (view.TooMany is { } tooMany)
            {
                session.Terminal.Error.WriteLine(tooMany);
            }

            var which = names.Count == 0 ? "all services" : string.Join(", ", names);
            session.Terminal.Error.WriteLine($"Following {which}: {Of(view).Count} entries now. Ctrl-C ends it.");
            string? outage = null;
            for (var look = 1; ; look++)
            {
                await Task.Delay(regions[0].Poll, session.Time, session.Stop).ConfigureAwait(false);
                var before = Of(view);
                try
                {
                    var seen = await VersionsAsync().ConfigureAwait(false);
                    if (outage is null && seen.SequenceEqual(versions) && look % LooksUntilHealth != 0)
                    {
                        continue;
                    }

                    (versions, view) = (seen, await ServiceView.ReadAsync(session, fleet, only).ConfigureAwait(false));
                }
                catch (Exception error) when (CloudFailure.Explain(error) is { Code: ExitCode.CloudFailed } failure)
                {
                    if (outage != failure.Message)
                    {
                        session.Terminal.Error.WriteLine($"{failure.Message} It is asked on.");
                    }

                    outage = failure.Message;
                    continue;
                }

                if (outage is not null)
                {
                    session.Terminal.Error.WriteLine("The catalogue answers again.");
                    outage = null;
                }

                foreach (var news in ServiceNews.Between(before, Of(view)))
                {
                    session.Terminal.Out.WriteLine(json.HasValue() ? Json(news) : Text(news));
                }

                await session.Terminal.Out.FlushAsync(session.Stop).ConfigureAwait(false);
            }

            List<(ServiceEntry, ServiceHealth)> Of(ServiceView seen) =>
            [
                .. seen.Announced
                    .Where(each => names.Count == 0 || names.Contains(each.Entry.Service))
                    .Select(each => (each.Entry, each.Health)),
            ];

            async Task<List<long>> VersionsAsync()
            {
                var numbers = new List<long>();
                foreach (var catalog in catalogs)
                {
                    numbers.Add((await catalog.VersionAsync(session.Stop).ConfigureAwait(false)).Number);
                }

                return numbers;
            }

            string Text(ServiceNews news)
            {
                var why = news.Reason is null ? "" : $"{(news.Word == ServiceNews.Came ? ", and is not well" : "")}: {news.Reason}";
                return $"{Now("yyyy-MM-dd HH:mm:ss'Z'")}  {news.Entry.Service}  {news.Entry.Group}  {news.Entry.Instance}  "
                    + $"{ServiceLookCommands.Address(news.Entry)}  {news.Word}{why}";
            }

            string Json(ServiceNews news)
            {
                var told = news.Entry.ToJson();
                (told["at"], told["change"], told["reason"]) = (Now("yyyy-MM-dd'T'HH:mm:ss'Z'"), news.Word, news.Reason);
                return told.ToString(Formatting.None);
            }

            string Now(string format) => session.Time.GetUtcNow().UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
        }));
    }
}
