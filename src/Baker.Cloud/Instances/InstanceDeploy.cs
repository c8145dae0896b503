using System.Globalization;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Communicators;
using Baker.Cloud.Fleets;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Instances;

/// <summary>Converges running nodes of one group through SSM Run Command, so many at a time.</summary>
public sealed class InstanceDeploy : INodeDeploy
{
    /// <summary>SSM takes fifty ids a command; to a tag it sends without limit.</summary>
    private const int MostIds = 50;

    /// <summary>Of so many failed nodes all of the output is asked for; the listing has 2,500 characters of each other's.</summary>
    private const int ShownInFull = 20;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);

    /// <summary>The last of many nodes fetches the payload long after the first.</summary>
    private static readonly TimeSpan s_urlLife = TimeSpan.FromHours(12);

    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(20);

    private readonly FleetContext _context;
    private readonly GroupName _group;
    private readonly InstanceReader _nodes;
    private readonly string _run;
    private readonly PayloadCarrier _carrier;
    private readonly Lazy<byte[]> _payload;
    private readonly ReadOnlyMemory<byte> _secret;
    private Task? _newAgents;
    private int _sent;

    /// <param name="bucket">The S3 bucket for what is too large for a command; null where there is none.</param>
    /// <param name="prefix">What the keys in it begin with.</param>
    public InstanceDeploy(FleetContext context, BakeInput input, string run, string? bucket, string prefix)
    {
        (_context, _group, _run) = (context, input.Group.Name, run);
        _nodes = new InstanceReader(context);
        _carrier = new PayloadCarrier(context.Clients, context.Pacer, context.Time, bucket, prefix);
        _payload = new Lazy<byte[]>(() => Payload.Pack(input));
        _secret = input.DataBagSecret;
    }

    /// <summary>Sends the payload to all of the group's nodes, by their tags, and waits for the last.</summary>
    public async Task<List<DeployResult>> ToAllAsync(int atOnce, int maxErrors, CancellationToken stop)
    {
        await (_newAgents ??= AwaitNewAgentsAsync(stop)).ConfigureAwait(false);
        if (_nodes.SawOthers)
        {
            // Tags cannot leave out what is in an environment: the nodes are named.
            var nodes = await _nodes.ReadAsync([_group], stop).ConfigureAwait(false);
            var running = nodes.Where(node => node.State == "running").Select(node => node.Id).ToList();
            return await ToAsync(running, atOnce, maxErrors, stop).ConfigureAwait(false);
        }

        return await SendAsync(
            atOnce,
            maxErrors,
            request => request.Targets =
            [
                new Target { Key = "tag:" + BakerTags.Group, Values = [_group] },
                new Target { Key = "tag:" + BakerTags.Purpose, Values = [InstanceReader.Purpose] },
                .. _context.Scope.Commands,
            ],
            stop).ConfigureAwait(false);
    }

    /// <summary>Sends the payload to these nodes and waits for the last; nodes that were not begun have no result.</summary>
    public async Task<List<DeployResult>> ToAsync(IReadOnlyCollection<string> nodes, int atOnce, int maxErrors, CancellationToken stop)
    {
        await (_newAgents ??= AwaitNewAgentsAsync(stop)).ConfigureAwait(false);
        var results = new List<DeployResult>();
        foreach (var ids in nodes.Chunk(MostIds))
        {
            var failed = results.Count(result => !result.IsDone);
            if (failed > maxErrors)
            {
                break;
            }

            results.AddRange(await ToSomeAsync(ids, atOnce, maxErrors - failed, stop).ConfigureAwait(false));
        }

        return results;
    }

    /// <summary>
    /// The agent of an instance registers a while after the instance runs: those of instances that have just been launched
    /// are waited for.
    /// </summary>
    private async Task AwaitNewAgentsAsync(CancellationToken stop)
    {
        var nodes = await _nodes.ReadAsync([_group], stop).ConfigureAwait(false);
        var now = _context.Clock.UtcNow;
        var fresh = nodes.FindAll(node => node.State == "running" && now - node.Launched < _context.AgentLimit);
        if (fresh.Count == 0)
        {
            return;
        }

        var say = _context.SayChanges();
        try
        {
            await _context.UntilAsync(
                HaveRegisteredAsync,
                _context.AgentLimit - (now - fresh.Max(node => node.Launched)),
                stop).ConfigureAwait(false);
        }
        catch (AmazonSimpleSystemsManagementException)
        {
            // It does not tell (moto cannot, a role may not): then the command goes out now, and who did not get it is counted as ever.
        }

        async Task<bool> HaveRegisteredAsync()
        {
            var agents = await CloudWaits.AgentsAsync(
                _context.Clients,
                _context.Pacer,
                [.. fresh.Select(node => node.Id)],
                stop).ConfigureAwait(false);
            var missing = fresh.FindAll(node => !agents.ContainsKey(node.Id));
            if (missing.Count > 0)
            {
                var named = string.Join(", ", missing.Take(5).Select(node => node.Id));
                var more = missing.Count > 5 ? $" and {missing.Count - 5} more" : "";
                say($"  waiting for the SSM agent of {named}{more}, just launched");
            }

            return missing.Count == 0;
        }
    }

    /// <summary>SSM refuses the whole command for one node that it does not reach: then it goes to the others.</summary>
    private async Task<List<DeployResult>> ToSomeAsync(string[] ids, int atOnce, int maxErrors, CancellationToken stop)
    {
        try
        {
            return await SendAsync(atOnce, maxErrors, request => request.InstanceIds = [.. ids], stop).ConfigureAwait(false);
        }
        catch (InvalidInstanceIdException)
        {
            var agents = await CloudWaits.AgentsAsync(_context.Clients, _context.Pacer, ids, stop).ConfigureAwait(false);
            var reached = Array.FindAll(ids, agents.ContainsKey);
            var lost = reached.Length < ids.Length ? ids.Except(reached) : ids; // where it knows them all, it is not known which it refused
            var results = lost.Select(id => DeployResult.OfUnreachable(_group, id)).ToList();
            if (results.Count < ids.Length && results.Count <= maxErrors)
            {
                results.AddRange(await ToSomeAsync(reached, atOnce, maxErrors - results.Count, stop).ConfigureAwait(false));
            }

            return results;
        }
    }

    private async Task<List<DeployResult>> SendAsync(int atOnce, int maxErrors, Action<SendCommandRequest> address, CancellationToken stop)
    {
        try
        {
            var secret = _secret.IsEmpty
                ? []
                : await _carrier.SecretLinesAsync(_group, _run, _secret, s_urlLife, stop).ConfigureAwait(false);
            var fetch = await _carrier.LinesAsync(_group, _run, _payload.Value, s_urlLife, stop).ConfigureAwait(false);
            var request = Request([.. secret, .. fetch], atOnce, maxErrors);
            address(request);
            var sent = await _context.Pacer.SendOnceAsync(
                _context.Clients.SSM.SendCommandAsync,
                request,
                token => FindAsync(request.Comment, token),
                stop).ConfigureAwait(false);
            var id = sent.Command.CommandId;
            try
            {
                await UntilOverAsync(id, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await CancelAsync(id).ConfigureAwait(false);
                throw;
            }

            return await ResultsAsync(id, stop).ConfigureAwait(false);
        }
        finally
        {
            await CleanUpAsync().ConfigureAwait(false);
        }
    }

    private SendCommandRequest Request(IEnumerable<string> fetch, int atOnce, int maxErrors) => new()
    {
        DocumentName = "AWS-RunShellScript",
        Comment = Shortened($"package {_run}.{Interlocked.Increment(ref _sent)} instance:deploy {_group}"),
        MaxConcurrency = atOnce.ToString(CultureInfo.InvariantCulture),
        MaxErrors = maxErrors.ToString(CultureInfo.InvariantCulture),
        Parameters = new Dictionary<string, List<string>>
        {
            ["commands"] =
            [
                "#!/bin/sh",
                "set -e",
                "umask 077",
                $"folder={ProvisionCommand.Root}/deploy-{_run}", // the same after a reboot that a script asks SSM's agent for
                "mkdir -p \"$folder\"",
                $"trap 'code=$?; [ $code = {ProvisionCommand.RebootCode} ] || rm -rf \"$folder\"; exit $code' EXIT",
                "cd \"$folder\"",
                .. fetch,
                "tar -xzf payload.tar.gz",
                "sh ./run.sh 2>&1",
            ],
        },
    };

    // SSM takes 100 characters.
    private static string Shortened(string comment) => comment.Length > 100 ? comment[..100] : comment;

    /// <summary>The command of this comment, which no other has: SSM knows no token that would keep it from running twice.</summary>
    private async Task<SendCommandResponse?> FindAsync(string comment, CancellationToken stop)
    {
        await Task.Delay(_context.Poll, _context.Time, stop).ConfigureAwait(false); // it is listed a moment after it was taken
        var reply = await _context.Pacer.SendAsync(
            _context.Clients.SSM.ListCommandsAsync,
            new ListCommandsRequest { MaxResults = 50 },
            stop).ConfigureAwait(false);
        return (reply.Commands ?? []).Find(each => each.Comment == comment) is { } command
            ? new SendCommandResponse { Command = command }
            : null;
    }

    private async Task CleanUpAsync()
    {
        using var bound = new CancellationTokenSource(s_farewell, _context.Time);
        try
        {
            await _carrier.RemoveAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            _context.Say(
                $"{_group}: the payload could not be removed ({error.Message}); this does: "
                    + $"{string.Join("; ", _carrier.Keys.Select(key =>
                    _context.Suggested.Aws(_context.Clients.Region, $"s3 rm s3://{_carrier.Bucket}/{key}")))}");
        }
    }

    /// <summary>Nothing more is begun, what runs is told to end, and for a while we wait for that.</summary>
    private async Task CancelAsync(string id)
    {
        using var bound = new CancellationTokenSource(s_farewell, _context.Time);
        try
        {
            await _context.Pacer.SendAsync(
                _context.Clients.SSM.CancelCommandAsync,
                new CancelCommandRequest { CommandId = id },
                bound.Token).ConfigureAwait(false);
            await UntilOverAsync(id, bound.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
            _context.Say($"{_group}: the SSM command {id} may still run ({error.Message})");
        }
    }

    /// <summary>
    /// One call a look, however many nodes there are: the command itself counts them. The looks come further apart the longer
    /// it takes, so that it is noticed a tenth late at most, and an hour costs a hundred calls.
    /// </summary>
    private async Task UntilOverAsync(string id, CancellationToken stop)
    {
        var say = _context.SayChanges();
        await _context.UntilAsync(IsOverAsync, stop, taken =>
            taken / 10 < _context.Poll ? _context.Poll : taken / 10 < s_longestWait ? taken / 10 : s_longestWait).ConfigureAwait(false);

        async Task<bool> IsOverAsync()
        {
            var reply = await _context.Pacer.SendAsync(
                _context.Clients.SSM.ListCommandsAsync,
                new ListCommandsRequest { CommandId = id },
                stop).ConfigureAwait(false);
            if (reply.Commands is not [var command, ..])
            {
                return false;
            }

            var left = (command.TargetCount ?? 0) - (command.CompletedCount ?? 0);
            _context.Report(new ChangeProgress.Remaining("to converge", left));
            say(
                $"{_group}: {command.CompletedCount ?? 0} of {command.TargetCount ?? 0} "
                    + $"done{((command.ErrorCount ?? 0) > 0 ? $", {command.ErrorCount} failed" : "")}");
            return command.Status?.Value is "Success" or "Failed" or "Cancelled" or "TimedOut" or "Incomplete"
                or "DeliveryTimedOut" or "NoInstancesInTag";
        }
    }

    private async Task<List<DeployResult>> ResultsAsync(string id, CancellationToken stop)
    {
        var results = new List<DeployResult>();
        var request = new ListCommandInvocationsRequest { CommandId = id, MaxResults = 50, Details = true };
        var shown = 0;
        var pages = _context.Pacer.PagesAsync(
            _context.Clients.SSM.ListCommandInvocationsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var each in page.CommandInvocations ?? [])
            {
                var status = each.Status?.Value ?? "Unknown";
                var begins = string.Concat((each.CommandPlugins ?? []).Select(plugin => plugin.Output)).TrimEnd();
                var output = status == "Success" ? DeployResult.KeptIn(begins)
                    : status == "Cancelled" ? ""
                    : shown++ < ShownInFull ? await OutputAsync(id, each.InstanceId, stop).ConfigureAwait(false)
                    : begins;
                results.Add(new DeployResult(_group, each.InstanceId, status, output));
            }
        }

        return results;
    }

    private async Task<string> OutputAsync(string id, string instance, CancellationToken stop)
    {
        try
        {
            var reply = await _context.Pacer.SendAsync(
                _context.Clients.SSM.GetCommandInvocationAsync,
                new GetCommandInvocationRequest { CommandId = id, InstanceId = instance },
                stop).ConfigureAwait(false);
            return $"{reply.StandardOutputContent}{reply.StandardErrorContent}".TrimEnd();
        }
        catch (AmazonSimpleSystemsManagementException)
        {
            return "";
        }
    }
}
