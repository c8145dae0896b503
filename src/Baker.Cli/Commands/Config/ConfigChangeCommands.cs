using System.Text;
using Baker.Cli.Changes;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Configuration;
using Baker.Core;
using Baker.Core.Configuration;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands.Config;

/// <summary><c>config:set</c>, <c>config:unset</c>, <c>config:import</c>: what nodes have in <c>/etc/baker/env</c>.</summary>
internal static class ConfigChangeCommands
{
    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Set variables of a group's nodes.";
        command.ExtendedHelpText = """

            KEY=VALUE sets a value. KEY or KEY=- asks for it, or takes it from standard
            input, so that a secret need not stand in the command line:
              pass show db/web | package config:set web DATABASE_PASSWORD --secret
            Nodes that are launched from now on have it; running ones: config:push.
            """;
        var arguments = command.Argument("group", "The group, then KEY=VALUE …", multipleValues: true);
        var options = FleetOptions.On(command);
        var forAll = ConfigTarget.ForAllOption(command);
        var secret = Secret(command);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "config:set", async fleet =>
        {
            var (group, words) = ConfigTarget.Split(arguments, forAll);
            if (words.Count == 0)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    "Set what?",
                    "Name variables: KEY=VALUE, or KEY alone, whose value is asked for.");
            }

            var targets = ConfigTarget.Of(fleet, group);
            var values = ConfigInput.Read(session, words);
            ConfigInput.Check(values);
            using var change = ConfigTarget.Change(fleet, group, "set", dryRun, json, reason);
            return await ApplyAsync(session, fleet, change, targets, values, [], secret.HasValue()).ConfigureAwait(false);
        }));
    }

    public static void Unset(CommandLineApplication command, Session session)
    {
        command.Description = "Remove variables of a group's nodes, with their history.";
        var arguments = command.Argument("group", "The group, then the variables.", multipleValues: true);
        var options = FleetOptions.On(command);
        var forAll = ConfigTarget.ForAllOption(command);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "config:unset", async fleet =>
        {
            var (group, names) = ConfigTarget.Split(arguments, forAll);
            if (names.Count == 0 || names.FirstOrDefault(name => !Variable.IsName(name)) is not null)
            {
                throw new BakerException(ExitCode.BadInput, "Remove what?", "Name variables, which have letters, digits and _.");
            }

            using var change = ConfigTarget.Change(fleet, group, "unset", dryRun, json, reason);
            var targets = ConfigTarget.Of(fleet, group);
            var nothing = new Dictionary<string, string>();
            return await ApplyAsync(session, fleet, change, targets, nothing, names, allSecret: false).ConfigureAwait(false);
        }));
    }

    public static void Import(CommandLineApplication command, Session session)
    {
        command.Description = "Set all variables of a file, a KEY=VALUE a line.";
        var arguments = command.Argument("group", "The group, then the file; - is standard input.", multipleValues: true);
        var options = FleetOptions.On(command);
        var forAll = ConfigTarget.ForAllOption(command);
        var secret = Secret(command);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "config:import", async fleet =>
        {
            var (group, files) = ConfigTarget.Split(arguments, forAll);
            var targets = ConfigTarget.Of(fleet, group);
            var file = files is [var only]
                ? only
                : throw new BakerException(ExitCode.BadInput, "Which file?", "Name one; - is standard input.");
            var values = VariableFile.Read(Text(session, file), file).ToDictionary();
            ConfigInput.Check(values);
            using var change = ConfigTarget.Change(fleet, group, "import", dryRun, json, reason);
            return await ApplyAsync(session, fleet, change, targets, values, [], secret.HasValue()).ConfigureAwait(false);
        }));
    }

    public static CommandOption Secret(CommandLineApplication command) => command.Option(
        "--secret",
        "Encrypt the values (SecureString); those that config_secrets names always are.",
        CommandOptionType.NoValue);

    /// <summary>Sets and removes in every place, the same for people and for programs.</summary>
    public static async Task<ExitCode> ApplyAsync(
        Session session,
        FleetSession fleet,
        ChangeCommand change,
        IReadOnlyList<ConfigTarget> targets,
        IReadOnlyDictionary<string, string> values,
        IReadOnlyCollection<string> removed,
        bool allSecret)
    {
        RefuseTaken(fleet, targets, values.Keys);
        foreach (var target in targets)
        {
            bool IsSecret(string variable) => allSecret || target.Secrets.Contains(variable);
            session.Masks.Add(values.Where(pair => IsSecret(pair.Key)).Select(pair => pair.Value));
            var operation = new ConfigChange(target.Context, target.Place, values, removed, IsSecret, target.Key);
            await change.ApplyAsync(operation).ConfigureAwait(false);
            if (!operation.Missing.IsEmpty && change.Count == 0)
            {
                change.Say($"{target.Words} has no {string.Join(", ", operation.Missing)}");
            }
        }

        Warn(fleet, change, targets, values);
        return change.End(ExitCode.Done, change.Count == 0 ? "Everything is as it shall be." : "");
    }

    /// <summary>What a datastore says on nodes is not for people to set: it would not be seen there.</summary>
    private static void RefuseTaken(FleetSession fleet, IReadOnlyList<ConfigTarget> targets, IEnumerable<string> variables)
    {
        var taken = fleet.Project.Groups([.. targets.Select(target => target.Place.Group?.ToString()).OfType<string>()])
            .SelectMany(group => group.Uses)
            .Distinct()
            .SelectMany(name => DatastoreEndpoints.VariablesOf(name).Select(variable => (Variable: variable, Datastore: name)))
            .Where(each => variables.Contains(each.Variable))
            .ToList();
        if (taken.Count > 0)
        {
            throw new BakerException(
                ExitCode.BadInput,
                string.Join('\n', taken.Select(each => $"{each.Variable} is what nodes are given of the datastore {each.Datastore}.")),
                "Give it another name; where the datastore is reached is looked up.");
        }
    }

    private static void Warn(
        FleetSession fleet,
        ChangeCommand change,
        IReadOnlyList<ConfigTarget> targets,
        IReadOnlyDictionary<string, string> values)
    {
        if (targets is [{ Place.Group: { } group }] && fleet.Project.Groups([group])[0].Config is null)
        {
            change.Say($"{group} has no \"config\": true, so that its nodes do not read this.");
        }
        else if (change.Count > 0)
        {
            var named = targets[0].Place.Group is { } one ? " " + one : "";
            change.Say($"New nodes have it; running ones take it with {fleet.Cloud.Suggested.Package("config:push" + named)}");
        }

        var large = values
            .Where(pair => Encoding.UTF8.GetByteCount(pair.Value) > Variable.LargestFreeValue)
            .Select(pair => pair.Key)
            .ToList();
        if (large.Count > 0)
        {
            change.Say($"{string.Join(", ", large)}: more than {Variable.LargestFreeValue} bytes, which AWS charges for");
        }
    }

    private static string Text(Session session, string file)
    {
        if (file == "-")
        {
            return session.Piped()
                ?? throw new BakerException(ExitCode.BadInput, "Nothing is piped in.", "Name a file, or pipe one in.");
        }

        try
        {
            return ProjectFile.ReadText(session, file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(ExitCode.BadInput, $"{file} cannot be read: {error.Message}", "Name a file that you may read.", error);
        }
    }
}
