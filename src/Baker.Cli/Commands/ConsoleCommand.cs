using System.Globalization;
using Baker.Cli.Clouds;
using Baker.Cli.Fleets;
using Baker.Cli.Serving;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Core;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>console</c>: a page on loopback that shows an environment and changes nothing.</summary>
internal static class ConsoleCommand
{
    public static void Register(CommandLineApplication app, Session session) => app.Command("console", command =>
    {
        command.Description = "Serve a page on 127.0.0.1 that shows fleets, images and changes.";
        var options = FleetOptions.On(command);
        var port = command.Option("--port <PORT>", "The port (default 0: any free one).", CommandOptionType.SingleValue);
        command.OnExecute(() =>
        {
            var number = Port(port.Value());
            return FleetSession.UseAsync(session, options, "console", fleet => ServeAsync(session, fleet, number));
        });
    });

    private static int Port(string? text) => text is null ? 0
        : PortNumber.Of(text) ?? throw new BakerException(ExitCode.BadInput, $"--port takes a number from 0 to 65535, not '{text}'.");

    private static async Task<ExitCode> ServeAsync(Session session, FleetSession fleet, int port)
    {
        var context = fleet.Context(fleet.Gone.Of(default, fleet.Regions[0]));
        await RequireServedAsync(session, fleet, context.Clients.CloudName).ConfigureAwait(false);
        var feed = new ConsoleFeed(new ConsoleReading(session, fleet).ReadAsync, context.Poll, session.Time);
        var bakes = fleet.Project.Groups([]).SelectMany(group => group.Variants).Select(group => group.Label);
        var logs = new ConsoleLogs(LocalCloudSetup.LogFolder(fleet.Project), bakes.ToHashSet(StringComparer.Ordinal), session.Time);
        var server = await ConsoleServer.StartAsync(feed, logs, port, session.Stop).ConfigureAwait(false);
        await using var closing = server.ConfigureAwait(false);
        session.Terminal.Out.WriteLine(server.Link);
        await session.Terminal.Out.FlushAsync(session.Stop).ConfigureAwait(false);
        session.Terminal.Error.WriteLine("Open this address in a browser of this machine. It only shows; Ctrl-C ends it.");
        var isLocal = context.Clients.CloudName == "local";
        var more = isLocal ? " Where local:serve has ended, start it again, and then this page." : "";
        await feed.RunAsync(error => CloudFailure.Explain(error)?.Message is { } why ? why + more : null, session.Stop)
            .ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <summary>A local cloud that this command held itself would be nobody else's as long as the page is open.</summary>
    private static async Task RequireServedAsync(Session session, FleetSession fleet, string cloud)
    {
        if (cloud == "local" && await LocalServer.FindAsync(
            LocalCloudSetup.StateFolder(fleet.Project),
            session.Time,
            session.Stop).ConfigureAwait(false) is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "No local:serve holds the local cloud, and while the page is open no other command could use it.",
                $"Start {fleet.Cloud.Suggested.Package("local:serve")} in another terminal first.");
        }
    }
}
