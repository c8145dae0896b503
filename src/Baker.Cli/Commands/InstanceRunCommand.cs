using System.Collections.Concurrent;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Configuration;
using Baker.Cloud.Instances;
using Baker.Core;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary><c>instance:run</c>: runs a task of the manifest, or a command, on nodes.</summary>
internal static class InstanceRunCommand
{
    private const int UsualAtOnce = 10;

    public static void Set(CommandLineApplication command, Session session)
    {
        command.Description = "Run a task, or a command, on one node or on all, so many at a time.";
        command.ExtendedHelpText = """

            package instance:run GROUP [--once] TASK [-- ARGUMENT ...]
            package instance:run GROUP [--once] -- COMMAND ...

            A task is a script of the group's "tasks". A command runs in / as it stands; a
            single word is a line for the shell: -- 'df -h | tail -1'. Both run as root.
            Of several nodes each line of output begins with the node's id. The group's
            secrets are shown as asterisks. It ends with the exit code of what was run, that
            of the first node where it failed, or with 3 where a node was not reached.
            """;
        command.AllowArgumentSeparator = true;
        var asked = command.Argument("group", "The group.");
        var task = command.Argument("task", "The task.");
        var options = FleetOptions.On(command);
        var once = command.Option("--once", "On one node alone: the oldest that is healthy.", CommandOptionType.NoValue);
        var number = command.Option("-n <N>", $"How many nodes at a time (default {UsualAtOnce}).", CommandOptionType.SingleValue);
        var errors = command.Option(
            "--max-errors <N>",
            "How many may fail before no more are begun (default 0).",
            CommandOptionType.SingleValue);
        var unmasked = command.Option(
            "--show-secrets",
            "Pass the output on byte for byte, with the secrets of the group's configuration that are in it.",
            CommandOptionType.NoValue);
        var key = FleetOptions.Key(command);
        var dryRun = FleetOptions.DryRun(command);
        var json = command.Option("--json", "Print what each node printed, and its exit code, as JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "instance:run", async fleet =>
        {
            var group = FleetOptions.With(key, session, fleet.Project.Groups([FleetArguments.Required(asked)])[0]);
            var atOnce = FleetArguments.AtOnce("-n", number.Value()) ?? UsualAtOnce;
            var mostErrors = FleetArguments.Number("--max-errors", errors.Value()) ?? 0;
            var payload = NodeTasks.PayloadOf(fleet, group, task.Value, [.. command.RemainingArguments]);
            var work = NodeTasks.RunOf(fleet, group);
            var nodes = await work.NodesAsync(once.HasValue(), session.Stop).ConfigureAwait(false);
            if (nodes.Count == 0)
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"No {(once.HasValue() ? "healthy node" : "node")} of {group.Name} runs.",
                    $"{fleet.Cloud.Suggested.Package("instance:list")} shows what there is.");
            }

            if (dryRun.HasValue())
            {
                session.Terminal.Out.WriteLine(json.HasValue()
                    ? new JArray(nodes.Select(node => Described(node, code: null, "dry run", ""))).Indented()
                    : $"would run it on {string.Join(", ", nodes)}");
                return ExitCode.Changes;
            }

            if (!unmasked.HasValue())
            {
                session.Masks.Add(await new ConfigStore(fleet.Context(group)).SecretsAsync(group, session.Stop).ConfigureAwait(false));
            }

            using var shown = new NodeOutput(session, nodes.Count > 1, json.HasValue());
            var ends = await work.RunAsync(
                nodes,
                payload,
                atOnce,
                mostErrors,
                shown.Add,
                session.Stop).ConfigureAwait(false);
            shown.End(ends);
            return CodeOf(ends);
        }));
    }

    /// <summary>The exit code of what was run: nothing of Baker's own.</summary>
    private static ExitCode CodeOf(IReadOnlyList<NodeRun> ends) =>
        ends.Select(end => end.Code ?? 0).FirstOrDefault(code => code != 0) is var failed and not 0
            ? (ExitCode)(failed is > 0 and <= 255 ? failed : 1)
        : ends.Any(end => end.Code is null) ? ExitCode.CloudFailed
        : ExitCode.Done;

    private static JObject Described(string node, int? code, string? cause, string output) => new()
    {
        ["instance"] = node,
        ["code"] = code,
        ["cause"] = cause,
        ["output"] = output,
    };

    /// <summary>Shows what nodes print: of several each line with the node's id, of one as it comes.</summary>
    private sealed class NodeOutput(Session session, bool several, bool json) : IDisposable
    {
        private readonly ConcurrentDictionary<string, StringWriter> _texts = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, MaskedOutput> _masked = new(StringComparer.Ordinal);
        private readonly Lock _one = new();

        public void Add(string node, string text) =>
            Show(node, _masked.GetOrAdd(node, _ => new MaskedOutput(session.Masks)).Add(text));

        private void Show(string node, string text)
        {
            lock (_one)
            {
                var held = _texts.GetOrAdd(node, _ => new StringWriter());
                if (json)
                {
                    held.Write(text);
                }
                else if (!several)
                {
                    session.Terminal.Out.Write(text);
                    session.Terminal.Out.Flush();
                }
                else
                {
                    held.Write(text);
                    ShowLines(node, held, all: false);
                }
            }
        }

        public void End(IReadOnlyList<NodeRun> ends)
        {
            foreach (var (node, masked) in _masked)
            {
                Show(node, masked.End());
            }

            if (json)
            {
                session.Terminal.Out.WriteLine(new JArray(ends.Select(end => Described(
                    end.Instance,
                    end.Code,
                    end.Cause,
                    _texts.GetValueOrDefault(end.Instance)?.ToString() ?? ""))).Indented());
                return;
            }

            foreach (var (node, held) in several ? _texts.ToArray() : [])
            {
                ShowLines(node, held, all: true);
            }

            foreach (var end in ends.Where(end => end.Code != 0))
            {
                var words = end.Code is { } code ? $"exit code {code}" : "not run";
                session.Terminal.Error.WriteLine($"{end.Instance}: {words}{(end.Cause is null ? "" : $": {end.Cause}")}");
            }
        }

        public void Dispose()
        {
            foreach (var text in _texts.Values)
            {
                text.Dispose();
            }
        }

        private void ShowLines(string node, StringWriter held, bool all)
        {
            var lines = held.ToString().Split('\n');
            foreach (var line in lines.SkipLast(all && lines[^1].Length > 0 ? 0 : 1))
            {
                session.Terminal.Out.WriteLine($"{node}: {line}");
            }

            held.GetStringBuilder().Clear();
            held.Write(all ? "" : lines[^1]);
            session.Terminal.Out.Flush();
        }
    }
}
