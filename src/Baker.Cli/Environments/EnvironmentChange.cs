using Baker.Cli.Changes;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Resources;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Environments;

/// <summary>One change of an environment, shown or carried out.</summary>
internal sealed class EnvironmentChange(Session session, FleetSession fleet)
{
    public async Task<ExitCode> ApplyAsync(
        EnvironmentAction action,
        bool isDryRun,
        bool isJson,
        ImageChoice image,
        string? wait,
        bool breakLock,
        string? confirmed,
        bool deletesFleets,
        CommandOption? reason)
    {
        var name = NameOf(fleet);
        var groups = fleet.Project.Groups([]);
        var desired = DesiredEnvironment.Of(fleet.Project.Resources, groups);
        var verb = action.ToString().ToLowerInvariant();
        using var change = fleet.Change(
            $"{name}.environment-{verb}",
            isDryRun,
            isJson,
            reason is null ? null : fleet.Gate(groups, reason));
        var fleets = new EnvironmentFleets(session, fleet, desired, image, wait, change.Say);
        var operation = new EnvironmentOperation(ContextIn, desired, action, fleet.Run, breakLock, fleets, deletesFleets);
        if (action == EnvironmentAction.Delete && !isDryRun)
        {
            await change.PassAsync().ConfigureAwait(false);
            await ConfirmAsync(operation, name, confirmed).ConfigureAwait(false);
        }

        try
        {
            await change.ApplyAsync(operation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            change.Stopped($"Stopped in step {change.Count} of {operation.Planned}. The same command goes on from here.");
            throw;
        }

        return change.End(
            ExitCode.Done,
            change.Count == 0
                ? action == EnvironmentAction.Delete ? $"Nothing of {name} is there." : $"{name} is as the manifest has it."
                : action == EnvironmentAction.Delete ? $"{name} is deleted." : $"{name} is as the manifest has it now.",
            new JObject { ["environment"] = name });

        FleetContext ContextIn(string region) => fleet.Context(fleet.Gone.Of(default, region), wait);
    }

    /// <summary>The environment's name.</summary>
    /// <exception cref="BakerException">The manifest has none.</exception>
    public static string NameOf(FleetSession fleet)
    {
        if (fleet.Project.Environment is { } environment)
        {
            return environment.Name;
        }

        fleet.Project.CheckAll(); // one that cannot be is told at its place
        throw new BakerException(
            ExitCode.BadInput,
            $"{fleet.Project.Manifest.Source.Name} has no environment.",
            "Add one, such as \"__environments__\": {\"production\": {}}.");
    }

    private async Task ConfirmAsync(EnvironmentOperation operation, string name, string? confirmed)
    {
        if (confirmed is not null)
        {
            if (confirmed != name)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"--yes names {confirmed}, and the environment is {name}; nothing was deleted.",
                    $"Say --yes {name}.");
            }

            return;
        }

        if (session.Terminal.Answers is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "environment:delete asks for the environment's name before it deletes anything, and there is no terminal to ask on.",
                $"Look with --dry-run, then say --yes {name}.");
        }

        session.Terminal.Error.WriteLine(await CloudPlace.WithinAsync(
            session,
            fleet.Cloud,
            DesiredEnvironment.Of(fleet.Project.Resources, fleet.Project.Groups([])).Regions,
            name).ConfigureAwait(false));
        foreach (var step in await operation.PlanAsync(session.Stop).ConfigureAwait(false))
        {
            session.Terminal.Error.WriteLine(step);
        }

        if (session.Confirm("Delete all this? Write the environment's name: ")?.Trim() != name)
        {
            throw new BakerException(ExitCode.BadInput, "Not confirmed; nothing was deleted.");
        }
    }
}
