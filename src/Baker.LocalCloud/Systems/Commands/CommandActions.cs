using System.Collections.Immutable;
using System.Globalization;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Commands;

/// <summary>SendCommand and what follows it.</summary>
internal sealed class CommandActions(CloudContext cloud, ComputeModel compute, CommandRunner runner)
{
    private const int MostInstanceIds = 50;
    private const int MostTargets = 5;

    public void Register(Router router)
    {
        router.Handle<SendCommandRequest, SendCommandResponse>(ServiceNames.Systems, Send);
        router.Handle<CancelCommandRequest, CancelCommandResponse>(ServiceNames.Systems, Cancel);
        router.Handle<GetCommandInvocationRequest, GetCommandInvocationResponse>(ServiceNames.Systems, Get);
        router.Handle<ListCommandsRequest, ListCommandsResponse>(ServiceNames.Systems, List);
        router.Handle<ListCommandInvocationsRequest, ListCommandInvocationsResponse>(ServiceNames.Systems, ListInvocations);
    }

    private SendCommandResponse Send(Call call, SendCommandRequest request)
    {
        if (request.DocumentName is not ("AWS-RunShellScript" or "arn:aws:ssm:::document/AWS-RunShellScript"))
        {
            throw new CloudException("InvalidDocument", $"Document with name {request.DocumentName} does not exist.");
        }

        var parameters = (request.Parameters ?? []).ToImmutableSortedDictionary(
            p => p.Key,
            p => p.Value.ToImmutableArray(),
            StringComparer.Ordinal);
        if (parameters.Keys.FirstOrDefault(k => k is not ("commands" or "workingDirectory" or "executionTimeout")) is { } unknown)
        {
            throw new CloudException("InvalidParameters", $"Parameter \"{unknown}\" is not defined in document AWS-RunShellScript.");
        }

        if (!parameters.ContainsKey("commands"))
        {
            throw new CloudException("InvalidParameters", "Parameters commands are required by the document.");
        }

        var byId = request.InstanceIds is { Count: > 0 };
        var byTarget = request.Targets is { Count: > 0 };
        if (byId == byTarget)
        {
            throw new CloudException("InvalidParameters", "Specify either InstanceIds or Targets.");
        }

        var record = new CommandRecord
        {
            Id = Guid.NewGuid().ToString(),
            Region = call.Region,
            DocumentName = "AWS-RunShellScript",
            Comment = request.Comment ?? "",
            Parameters = parameters,
            InstanceIds = [.. request.InstanceIds ?? []],
            Targets = [.. (request.Targets ?? []).Select(t => new CommandTarget(t.Key, [.. t.Values ?? []]))],
            RequestedAt = call.Now,
            DeliveryTimeout = Between(request.TimeoutSeconds ?? 3600, 30, 2592000, "timeoutSeconds"),
            ExecutionTimeout = parameters.GetValueOrDefault("executionTimeout", ["3600"]) is [var limit, ..]
                && int.TryParse(limit, CultureInfo.InvariantCulture, out var seconds)
                ? Between(seconds, 1, 172800, "executionTimeout")
                : throw new CloudException("InvalidParameters", "executionTimeout is not a number of seconds."),
            MaxConcurrency = Share(request.MaxConcurrency, "50", "maxConcurrency"),
            MaxErrors = Share(request.MaxErrors, "0", "maxErrors"),
            OutputBucket = request.OutputS3BucketName,
            OutputPrefix = request.OutputS3KeyPrefix,
        };
        var instanceIds = byId ? CheckIds(call, request.InstanceIds!) : FindTargets(call, record.Targets);
        runner.Begin(record with { TargetCount = instanceIds.Count }, instanceIds);
        return new SendCommandResponse { Command = CommandView.Of(runner.Commands.Find(record.Id)!) };
    }

    private CancelCommandResponse Cancel(Call call, CancelCommandRequest request)
    {
        var command = Find(call, request.CommandId);
        runner.Cancel(command.Id, request.InstanceIds ?? [], call.Now);
        return new CancelCommandResponse();
    }

    private GetCommandInvocationResponse Get(Call call, GetCommandInvocationRequest request)
    {
        var command = Find(call, request.CommandId);
        if (runner.Invocations.Find(InvocationRecord.IdOf(command.Id, request.InstanceId)) is not { } invocation
            || !cloud.Faults.IsVisible(command.RequestedAt, call.Now))
        {
            throw new CloudException("InvocationDoesNotExist", "");
        }

        if (request.PluginName is not (null or "aws:runShellScript" or "awsrunShellScript"))
        {
            throw new CloudException("InvalidPluginName", "");
        }

        return CommandView.Details(command, invocation);
    }

    private ListCommandsResponse List(Call call, ListCommandsRequest request)
    {
        if (request.CommandId is not null)
        {
            return new ListCommandsResponse { Commands = [CommandView.Of(Find(call, request.CommandId))] };
        }

        var wanted = runner.Commands.All
            .Where(c => c.Region == call.Region)
            .Where(c => request.InstanceId is null || runner.Invocations.Find(InvocationRecord.IdOf(c.Id, request.InstanceId)) is not null)
            .Where(CommandFilters.Commands(request.Filters))
            .OrderByDescending(c => c.RequestedAt).ThenBy(c => c.Id, StringComparer.Ordinal)
            .ToList();
        var (items, next) = Positions.Page(wanted, request.MaxResults ?? 50, request.NextToken);
        return new ListCommandsResponse { NextToken = next, Commands = [.. items.Select(CommandView.Of)] };
    }

    private ListCommandInvocationsResponse ListInvocations(Call call, ListCommandInvocationsRequest request)
    {
        var filter = CommandFilters.Invocations(request.Filters);
        var command = request.CommandId is null ? null : Find(call, request.CommandId);
        IEnumerable<InvocationRecord> After(string? id) =>
            command is not null
                && request.InstanceId is null ? runner.Invocations.After(id ?? command.Id + "|").TakeWhile(i => i.CommandId == command.Id)
            : command is not null ? Single(InvocationRecord.IdOf(command.Id, request.InstanceId), id)
            : request.InstanceId is not null ? runner.ByInstance[request.InstanceId]
                .OrderBy(i => i.Id, StringComparer.Ordinal)
                .Where(i => id is null || string.CompareOrdinal(i.Id, id) > 0)
            : runner.Invocations.After(id);
        var (items, next) = Paging.Page(
            after => After(after).Where(i => i.Region == call.Region && cloud.Faults.IsVisible(i.RequestedAt, call.Now)).Where(filter),
            i => i.Id,
            Math.Min(request.MaxResults ?? 50, 50),
            request.NextToken);
        return new ListCommandInvocationsResponse
        {
            NextToken = next,
            CommandInvocations = [.. items.Select(i => CommandView.Of(
                runner.Commands.Find(i.CommandId)!,
                i,
                compute.Tables.Instances.Find(i.InstanceId),
                request.Details == true))],
        };
    }

    private IEnumerable<InvocationRecord> Single(string id, string? after) =>
        after is null && runner.Invocations.Find(id) is { } found ? [found] : [];

    private CommandRecord Find(Call call, string? id) =>
        runner.Commands.Find(id) is { } command && command.Region == call.Region
            ? command
            : throw new CloudException("InvalidCommandId", "");

    private IReadOnlyList<string> CheckIds(Call call, List<string> ids)
    {
        if (ids.Count > MostInstanceIds)
        {
            throw new CloudException(
                "ValidationException",
                "1 validation error detected: Value at 'instanceIds' failed to satisfy constraint: "
                    + $"Member must have length less than or equal to {MostInstanceIds}");
        }

        var wrong = ids.Where(id => compute.Tables.Instances.Find(id) is not { } i
            || i.Region != call.Region
            || !CommandRunner.IsReachable(i, call.Now)).ToList();
        return wrong.Count == 0
            ? [.. ids.Distinct()]
            : throw new CloudException(
                "InvalidInstanceId",
                $"Instances [[{NotFound.Some(wrong)}]] not in a valid state for account {call.AccountId}");
    }

    private List<string> FindTargets(Call call, ImmutableArray<CommandTarget> targets)
    {
        if (targets.Length > MostTargets)
        {
            throw new CloudException(
                "ValidationException",
                "1 validation error detected: Value at 'targets' failed to satisfy constraint: "
                    + $"Member must have length less than or equal to {MostTargets}");
        }

        if (targets.FirstOrDefault(t => t.Key is not ("InstanceIds" or "instanceids" or "tag-key")
            && t.Key?.StartsWith("tag:", StringComparison.Ordinal) != true) is { } unknown)
        {
            throw new CloudException("InvalidTarget", $"The target {unknown.Key} is not valid.");
        }

        return [.. compute.Tables.Instances.All
            .Where(i => i.Region == call.Region && CommandRunner.IsReachable(i, call.Now) && targets.All(t => Matches(t, i)))
            .Select(i => i.Id)];
    }

    private static bool Matches(CommandTarget target, InstanceRecord instance) => target.Key switch
    {
        "InstanceIds" or "instanceids" => target.Values.Contains(instance.Id) || target.Values.Contains("*"),
        "tag-key" => target.Values.Any(instance.Tags.ContainsKey),
        _ => instance.Tags.TryGetValue(target.Key["tag:".Length..], out var value) && target.Values.Contains(value),
    };

    private static int Between(int value, int least, int most, string name) =>
        value >= least && value <= most
            ? value
            : throw new CloudException(
                "ValidationException",
                $"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
                    + $"it must be between {least} and {most}");

    private static string Share(string? value, string otherwise, string name)
    {
        value ??= otherwise;
        return int.TryParse(value.EndsWith('%') ? value[..^1] : value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? value
            : throw new CloudException(
                "ValidationException",
                $"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
                    + "Member must satisfy regular expression pattern");
    }
}
