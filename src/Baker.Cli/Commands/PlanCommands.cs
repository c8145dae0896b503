using System.Collections.Immutable;
using System.Text;
using Baker.Cli.Compiling;
using Baker.Cli.Fleets;
using Baker.Cli.Plans;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Staleness;
using Baker.LocalCloud.Sandboxes;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>plan</c> and <c>apply</c>: everything that is stale, in one list, and its end.</summary>
internal static class PlanCommands
{
    /// <summary>As many as an environment's fleets are changed side by side.</summary>
    private const int FleetsAtOnce = 5;

    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("plan", command => Plan(command, session));
        app.Command("apply", command => Apply(command, session));
    }

    private static void Plan(CommandLineApplication command, Session session)
    {
        command.Description = "List everything that is stale against the manifest, git and the cloud; exit 2 if anything is.";
        command.ExtendedHelpText = """

            Roles, templates, images and their sources, channels, what is around the fleets, fleets,
            their sizes, what nodes are given, and what others changed by hand: each with why.
            Nothing is changed. A plan that is kept (--out) is applied as it is, or not at all.
            """;
        var groups = command.Argument("group", "The groups; without one all, and what is around them.", multipleValues: true);
        var options = FleetOptions.On(command);
        var file = command.Option("--out <FILE>", "Keep the plan in this file, for package apply FILE.", CommandOptionType.SingleValue);
        var json = command.Option("--json", "Print the plan as JSON.", CommandOptionType.NoValue);
        var markdown = command.Option("--markdown", "Print it as Markdown, for a pull request's comment.", CommandOptionType.NoValue);
        command.OnExecute(() =>
        {
            if (json.HasValue() && markdown.HasValue())
            {
                throw new BakerException(ExitCode.BadInput, "--json and --markdown are two forms of one thing.", "Leave one of them out.");
            }

            if (file.Value() is { } name)
            {
                CheckFree(session, name);
            }

            return FleetSession.UseAsync(session, options, "plan", async fleet =>
            {
                var asked = groups.Values.OfType<string>().ToList();
                var reading = new PlanReading(session, fleet, asked, wait: null, breakLock: false, session.Terminal.Error.WriteLine);
                var plan = (await reading.ReadAsync().ConfigureAwait(false)).Saved;
                if (plan.RestsOn.GetValueOrDefault(PlanFacts.Key("", PlanFacts.Apply)) is { Length: > 0 } unfinished)
                {
                    session.Terminal.Error.WriteLine(
                        $"An apply has not come to its end ({unfinished}): {fleet.Cloud.Suggested.Package("apply")} goes on.");
                }

                var kept = json.HasValue() || file.HasValue() ? plan.ToJson().Indented() : "";
                if (file.Value() is { } path)
                {
                    AtomicFile.WriteNamed(Path.Combine(session.WorkingFolder, path), Encoding.UTF8.GetBytes(kept + "\n"), path);
                }

                session.Terminal.Out.WriteLine(
                    json.HasValue() ? kept
                        : markdown.HasValue() ? PlanText.Markdown(plan) : PlanText.Table(plan, session.Terminal.Columns));
                return plan.Items.IsEmpty ? ExitCode.Done : ExitCode.Changes;
            });
        });
    }

    /// <exception cref="BakerException">There is something else than a plan: it is not written over.</exception>
    private static void CheckFree(Session session, string name)
    {
        var path = Path.Combine(session.WorkingFolder, name);
        var why = name.Length == 0 ? "names no file"
            : Directory.Exists(path) ? "is a folder"
            : SpecialFile.IsOne(path) ? "is neither a file nor a folder"
            : HoldsAnotherThing(session, path, name) ? "is there, and is no plan that was kept"
            : null;
        if (why is not null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"--out {Quoting.Quote(name)} {why}.",
                "Name another file; a plan that was kept is replaced. Nothing was done.");
        }
    }

    private static bool HoldsAnotherThing(Session session, string path, string name)
    {
        try
        {
            if (!File.Exists(path) || ProjectFile.Read(session, path) is not { Length: > 0 } bytes)
            {
                return false;
            }

            using var reader = new StreamReader(new MemoryStream(bytes));
            return !SavedPlan.IsOne(reader.ReadToEnd());
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false; // a link to what is still to come
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"--out {Quoting.Quote(name)} is there, and cannot be read: {error.Message}",
                "Name another file.",
                error);
        }
    }

    private static void Apply(CommandLineApplication command, Session session)
    {
        command.Description = "End what package plan lists, or what a kept plan lists; again, to go on.";
        command.ExtendedHelpText = """

            Files are written, images baked, what is around the fleets is changed, and then fleets
            are run and updated in waves, in the order of "after", then of "needs". A kept plan is
            refused, before the first change, when what it rests on has moved.
            """;
        var file = command.Argument("file", "A plan that package plan --out kept (default: what is stale now).");
        var options = FleetOptions.On(command);
        var groups = command.Option(
            "--group <GROUP>",
            "Without a file: only this group; may be repeated.",
            CommandOptionType.MultipleValue);
        var parallel = command.Option("--parallel <N>", "How many fleets of a wave at once (default 5).", CommandOptionType.SingleValue);
        var failures = command.Option(
            "--max-failures <N>",
            "How many fleets may fail before no other is begun (default 0); what comes after one that failed never is.",
            CommandOptionType.SingleValue);
        var (changes, wait) = (FleetChanges.On(command), FleetOptions.Wait(command));
        command.OnExecute(() =>
        {
            var saved = file.Value is { } path ? Read(session, path) : ((SavedPlan Plan, string File)?)null;
            var named = groups.Values.OfType<string>().Distinct().ToList();
            if (saved is not null && named.Count > 0)
            {
                throw new BakerException(ExitCode.BadInput, "A plan that was kept has its groups.", "Leave --group out.");
            }

            var atOnce = FleetArguments.AtOnce("--parallel", parallel.Value()) ?? FleetsAtOnce;
            var mostFailures = FleetArguments.Number("--max-failures", failures.Value()) ?? 0;
            return FleetSession.UseAsync(session, options, "apply", async fleet =>
            {
                IReadOnlyList<string> asked = saved is var (plan, name) ? Known(fleet, plan, name) : named;
                using var change = fleet.Change(
                    fleet.Project.Environment is { } environment ? $"{environment.Name}.apply" : "apply",
                    changes.DryRun.HasValue(),
                    changes.Json.HasValue(),
                    fleet.Gate(fleet.Project.Groups(asked), changes.Override));
                var reading = new PlanReading(session, fleet, asked, wait.Value(), changes.BreakLock.HasValue(), change.Say);
                var began = session.Time.GetTimestamp();
                var operation = new ApplyOperation(
                    session,
                    reading,
                    fleet.Run,
                    saved,
                    atOnce,
                    mostFailures,
                    changes.BreakLock.HasValue());
                try
                {
                    await change.ApplyAsync(operation).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
                {
                    change.Stopped("Stopped. The same command goes on from here.");
                    throw;
                }

                foreach (var item in operation.Left)
                {
                    change.Say($"left: {item.Subject}: {item.Why}{(item.Command is { Length: > 0 } does ? $"; {does}" : "")}");
                }

                return change.End(
                    ExitCode.Done,
                    change.Count == 0 ? "There is nothing to apply." : "What was stale is not any more.",
                    new JObject
                    {
                        ["seconds"] = Seconds(session.Time.GetElapsedTime(began)),
                        ["waves"] = new JArray(operation.Waves.Select(wave => new JObject
                        {
                            ["wave"] = wave.Wave,
                            ["fleets"] = wave.Fleets,
                            ["slowest"] = Seconds(wave.Slowest),
                            ["seconds"] = Seconds(wave.Took),
                        })),
                        ["left"] = new JArray(operation.Left.Select(item => item.ToJson())),
                    });
            }, environment: saved?.Plan.Environment);
        });
    }

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 2);

    private static (SavedPlan Plan, string File) Read(Session session, string path)
    {
        try
        {
            return (SavedPlan.Parse(ProjectFile.ReadText(session, path), path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var (why, remedy) = error is FileNotFoundException or DirectoryNotFoundException
                ? ("there is no such file.", $"Make one: package plan --out {path}")
                : (error.Message, "Name one that was kept: package plan --out FILE keeps what is stale now.");
            throw new BakerException(ExitCode.BadInput, $"The plan {path} cannot be read: {why}", remedy, error);
        }
    }

    /// <summary>The groups of a plan that was kept, where it is one of this cloud.</summary>
    private static ImmutableArray<string> Known(FleetSession fleet, SavedPlan plan, string name)
    {
        var cloud = fleet.Cloud.Region(fleet.Project.Resources.BaseRegion).Clients.CloudName;
        if (cloud != plan.Cloud)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{name} is a plan for the cloud {plan.Cloud}, and this is {cloud}.",
                "Apply it where it was made for.");
        }

        if (fleet.Project.Environment?.Name.ToString() != plan.Environment)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{name} is a plan without an environment, and {fleet.Project.Environment?.Name} is chosen.",
                $"Make one for it: {fleet.Cloud.Suggested.Package("plan --out " + name)}");
        }

        var gone = plan.Groups.Where(fleet.Gone.IsGone).ToList();
        return gone.Count == 0 ? plan.Groups : throw new BakerException(
            ExitCode.BadInput,
            $"{name} does not hold any more; the manifest has {string.Join(", ", gone)} no more.",
            $"Nothing was changed. Look at what is stale now, and keep that: package plan --out {name}");
    }
}
