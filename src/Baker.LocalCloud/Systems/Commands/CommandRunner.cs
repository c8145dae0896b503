using System.Globalization;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Storage;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Commands;

/// <summary>
/// Runs commands on instances, so many at a time, until too many have failed. The scripts run detached in their
/// sandboxes and leave their results in files, so a process that dies in between loses nothing.
/// </summary>
internal sealed class CommandRunner
{
    /// <summary>The exit code by which a script asks for a reboot, after which it is run again.</summary>
    private const int RebootCode = 194;

    /// <summary>How often SSM's agent delivers one command (its setting <c>Mds.CommandRetryLimit</c>).</summary>
    private const int MostDeliveries = 15;

    private readonly CloudContext _cloud;
    private readonly ComputeModel _compute;
    private readonly Dictionary<string, CommandProgress> _active = new(StringComparer.Ordinal);

    public CommandRunner(CloudContext cloud, ComputeModel compute)
    {
        _cloud = cloud;
        _compute = compute;
        Commands = cloud.Store.Table("commands", SystemsJson.Default.CommandRecord);
        Invocations = cloud.Store.Table("invocations", SystemsJson.Default.InvocationRecord);
        ByInstance = Invocations.IndexBy(i => i.InstanceId);
        foreach (var command in Commands.All.Where(c => !c.IsDone).ToList())
        {
            Recover(command);
        }
    }

    public Table<CommandRecord> Commands { get; }

    public Table<InvocationRecord> Invocations { get; }

    public TableIndex<InvocationRecord> ByInstance { get; }

    /// <summary>Where OutputS3BucketName goes: bucket, key, text.</summary>
    public Action<string, string, string> StoreOutput { get; set; } = static (_, _, _) => { };

    public static bool IsReachable(InstanceRecord? instance, DateTimeOffset now) =>
        instance is { State: "running", IsPaused: false, AgentDue: { } due } && now >= due;

    public void Begin(CommandRecord command, IReadOnlyList<string> instanceIds)
    {
        Commands.Put(command with
        {
            TargetCount = instanceIds.Count,
            Status = instanceIds.Count == 0 ? "Success" : "Pending",
            StatusDetails = instanceIds.Count == 0 ? "NoInstancesInTag" : "Pending",
        });
        foreach (var id in instanceIds)
        {
            Invocations.Put(new InvocationRecord(command.Id, id) { Region = command.Region, RequestedAt = command.RequestedAt });
        }

        if (instanceIds.Count > 0)
        {
            _active[command.Id] = new CommandProgress(command, instanceIds);
            Pump(command.Id, command.RequestedAt);
        }
    }

    public void Cancel(string commandId, IReadOnlyCollection<string> instanceIds, DateTimeOffset now)
    {
        if (!_active.TryGetValue(commandId, out var progress))
        {
            return;
        }

        foreach (var id in progress.Running
            .Concat(progress.Waiting)
            .Where(id => instanceIds.Count == 0 || instanceIds.Contains(id))
            .ToList())
        {
            if (progress.Running.Contains(id))
            {
                Kill(commandId, id);
            }

            End(
                progress,
                Invocations.Find(InvocationRecord.IdOf(commandId, id))! with { Status = "Cancelled", StatusDetails = "Cancelled" },
                now);
        }

        Pump(commandId, now);
    }

    /// <summary>Collects what has ended and starts what may start.</summary>
    public void Reconcile(DateTimeOffset now)
    {
        foreach (var (id, progress) in _active.ToList())
        {
            if (Commands.Find(id) is null)
            {
                // The call that sent it came to nothing.
                _active.Remove(id);
                continue;
            }

            foreach (var instanceId in progress.Running.ToList())
            {
                TryCollect(progress, Invocations.Find(InvocationRecord.IdOf(id, instanceId))!, now);
            }

            Pump(id, now);
        }
    }

    private void Recover(CommandRecord command)
    {
        var invocations = Invocations.After(command.Id + "|").TakeWhile(i => i.CommandId == command.Id).ToList();
        var progress = new CommandProgress(command, []) { Errors = command.ErrorCount };
        foreach (var invocation in invocations.Where(i => !i.IsDone))
        {
            if (invocation is { Status: "InProgress", AwaitsReboot: false })
            {
                progress.Running.Add(invocation.InstanceId);
                if (_cloud.Sandboxes is { } host
                    && !File.Exists(Path.Combine(host.Folders.Command(invocation.InstanceId, command.Id), "pid")))
                {
                    Start(host, command, invocation);
                }
            }
            else
            {
                progress.Waiting.AddLast(invocation.InstanceId);
            }
        }

        _active[command.Id] = progress;
    }

    private void Pump(string commandId, DateTimeOffset now)
    {
        if (!_active.TryGetValue(commandId, out var progress))
        {
            return;
        }

        var command = Commands.Find(commandId)!;
        var stopped = progress.Errors > progress.MaxErrors;
        for (var node = progress.Waiting.First; node is not null && (stopped || progress.Running.Count < progress.MaxConcurrency);)
        {
            var next = node.Next;
            var invocation = Invocations.Find(InvocationRecord.IdOf(commandId, node.Value))!;
            if (stopped)
            {
                End(progress, invocation with { Status = "Cancelled", StatusDetails = "Terminated" }, now);
            }
            else if (_compute.Tables.Instances.Find(invocation.InstanceId) is { } instance && IsReachable(instance, now))
            {
                progress.Waiting.Remove(node);
                progress.Running.Add(instance.Id);
                Deliver(command, invocation, instance, now);
            }
            else if (!invocation.AwaitsReboot && now >= command.RequestedAt + TimeSpan.FromSeconds(command.DeliveryTimeout))
            {
                End(progress, invocation with { Status = "TimedOut", StatusDetails = "DeliveryTimedOut" }, now);
            }

            node = next;
        }

        command = Commands.Find(commandId)!;
        if (progress.Running.Count == 0 && progress.Waiting.Count == 0)
        {
            _active.Remove(commandId);
            Commands.Put(Ended(command, progress, stopped));
        }
        else if (command.Status == "Pending" && progress.Running.Count > 0)
        {
            Commands.Put(command with { Status = "InProgress", StatusDetails = "InProgress" });
        }
    }

    private void Deliver(CommandRecord command, InvocationRecord invocation, InstanceRecord instance, DateTimeOffset now)
    {
        var started = invocation with
        {
            Status = "InProgress",
            StatusDetails = "InProgress",
            StartedAt = now,
            Sandbox = instance.Sandbox,
            Deliveries = invocation.Deliveries + 1,
            AwaitsReboot = false,
        };
        Invocations.Put(started);
        if (_cloud.Sandboxes is { } host && instance is { Executes: true })
        {
            Start(host, command, started);
        }
    }

    private void Start(SandboxHost host, CommandRecord command, InvocationRecord invocation)
    {
        if (_compute.Tables.Instances.Find(invocation.InstanceId) is not { Sandbox: { } sandbox } instance)
        {
            return;
        }

        var script = string.Join('\n', command.Parameters.GetValueOrDefault("commands", [])) + "\n";
        var folder = command.Parameters.GetValueOrDefault("workingDirectory", []) is [var first, ..] ? first : "";
        _cloud.Background.Run(invocation.Id, _ =>
        {
            if (_cloud.Report(() => Invocations.Find(invocation.Id)) is { Status: "InProgress" })
            {
                try
                {
                    host.StartCommand(
                        InstanceStates.SpecOf(instance),
                        sandbox,
                        command.Id,
                        script,
                        folder,
                        TimeSpan.FromSeconds(command.ExecutionTimeout));
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    _cloud.Report(() => NotStarted(invocation.Id, error.Message));
                }
            }

            return Task.CompletedTask;
        });
    }

    private void NotStarted(string id, string reason)
    {
        if (Invocations.Find(id) is { IsDone: false } invocation && _active.TryGetValue(invocation.CommandId, out var progress))
        {
            var failed = invocation with
            {
                Status = "Failed",
                StatusDetails = "Failed",
                ResponseCode = 1,
                Error = $"the local cloud could not start it: {reason}\n",
            };
            End(progress, failed, _cloud.Now);
            Pump(invocation.CommandId, _cloud.Now);
        }
    }

    /// <summary>Where its files cannot be read or kept, for want of descriptors or room, the next time comes to it.</summary>
    private void TryCollect(CommandProgress progress, InvocationRecord invocation, DateTimeOffset now)
    {
        try
        {
            Collect(progress, invocation, now);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _cloud.Failures.Add($"the result of command {invocation.CommandId}", error);
        }
    }

    /// <summary>Takes the result of a script that has ended.</summary>
    private void Collect(CommandProgress progress, InvocationRecord invocation, DateTimeOffset now)
    {
        var command = progress.Command;
        var executes = _cloud.Sandboxes is not null && _compute.Tables.Instances.Find(invocation.InstanceId) is { Executes: true };
        if (!executes)
        {
            if (now >= _cloud.After(invocation.StartedAt!.Value, _cloud.Delays.Command)
                && _compute.Tables.Instances.Find(invocation.InstanceId) is { State: "running" })
            {
                End(progress, invocation with
                {
                    Status = "Success",
                    StatusDetails = "Success",
                    ResponseCode = 0,
                    Output = $"not executed: {_cloud.Support.Reason}\n",
                }, now);
            }

            return;
        }

        var folder = _cloud.Sandboxes!.Folders.Command(invocation.InstanceId, command.Id);
        CommandFiles.Bound(Path.Combine(folder, "stdout"));
        CommandFiles.Bound(Path.Combine(folder, "stderr"));
        CommandFiles.Bound(_cloud.Sandboxes.Folders.Console(invocation.InstanceId));
        if (CommandFiles.ExitCode(folder) is { } code)
        {
            if (invocation.Deliveries < MostDeliveries && RunsAgain(code, invocation, now))
            {
                CommandFiles.Clear(folder);
                progress.Running.Remove(invocation.InstanceId);
                progress.Waiting.AddFirst(invocation.InstanceId);
                Invocations.Put(invocation with { AwaitsReboot = true });
                return;
            }

            var limit = TimeSpan.FromSeconds(command.ExecutionTimeout);
            var timedOut = code is 124 or 137 && now - invocation.StartedAt >= limit;
            var ended = invocation with
            {
                Output = CommandFiles.Read(folder, "stdout", 24_000),
                Error = CommandFiles.Read(folder, "stderr", 8_000),
                ResponseCode = code,
                Status = timedOut ? "TimedOut" : code == 0 ? "Success" : "Failed",
                StatusDetails = timedOut ? "ExecutionTimedOut" : code == 0 ? "Success" : "Failed",
            };
            if (command.OutputBucket is { } bucket)
            {
                var start = command.OutputPrefix is { Length: > 0 } p ? p.TrimEnd('/') + "/" : "";
                var prefix = $"{start}{command.Id}/{invocation.InstanceId}/awsrunShellScript/0.awsrunShellScript/";
                StoreOutput(bucket, prefix + "stdout", CommandFiles.Read(folder, "stdout", int.MaxValue));
                StoreOutput(bucket, prefix + "stderr", CommandFiles.Read(folder, "stderr", int.MaxValue));
            }

            End(progress, ended, now);
        }
        else if (now >= invocation.StartedAt + TimeSpan.FromSeconds(command.ExecutionTimeout + 15))
        {
            // Its instance is gone: nothing will ever report.
            End(progress, invocation with { Status = "TimedOut", StatusDetails = "ExecutionTimedOut" }, now);
        }
    }

    /// <summary>
    /// Whether the command is delivered again: SSM's agent reboots the machine for a script that asks for it, and after any reboot
    /// it resumes what was under way.
    /// </summary>
    private bool RunsAgain(int code, InvocationRecord invocation, DateTimeOffset now)
    {
        if (_compute.Tables.Instances.Find(invocation.InstanceId) is not { State: "running" } instance)
        {
            return false;
        }

        var goesDown = instance.IsPaused || instance.Sandbox != invocation.Sandbox;
        if (code == RebootCode && !goesDown)
        {
            _compute.States.Reboot(instance, now);
            return true;
        }

        return goesDown && code is RebootCode or 128 + 9 or 128 + 15;
    }

    private void End(CommandProgress progress, InvocationRecord invocation, DateTimeOffset now)
    {
        if (!progress.Running.Remove(invocation.InstanceId))
        {
            progress.Waiting.Remove(invocation.InstanceId);
        }

        Invocations.Put(invocation with { EndedAt = now });
        var command = Commands.Find(invocation.CommandId)!;
        var isDeliveryTimeout = invocation.StatusDetails == "DeliveryTimedOut";
        var isError = invocation.Status is "Failed" or "TimedOut" && !isDeliveryTimeout;
        progress.Errors += isError ? 1 : 0;
        Commands.Put(command with
        {
            CompletedCount = command.CompletedCount + 1,
            ErrorCount = command.ErrorCount + (isError ? 1 : 0),
            DeliveryTimedOutCount = command.DeliveryTimedOutCount + (isDeliveryTimeout ? 1 : 0),
        });
    }

    private CommandRecord Ended(CommandRecord command, CommandProgress progress, bool stopped)
    {
        var invocations = Invocations.After(command.Id + "|").TakeWhile(i => i.CommandId == command.Id).ToList();
        var (status, details) =
            stopped && invocations.Exists(i => i.StatusDetails == "Terminated") ? ("Failed", "RateExceeded")
            : invocations.Exists(i => i.Status == "Failed") ? ("Failed", "Failed")
            : invocations.Exists(i => i.Status == "TimedOut") ? ("TimedOut", invocations.First(i => i.Status == "TimedOut").StatusDetails)
            : invocations.Exists(i => i.Status == "Cancelled") ? ("Cancelled", "Cancelled")
            : ("Success", "Success");
        return command with { Status = status, StatusDetails = details };
    }

    /// <summary>Ends a script that is cancelled; one that was only just started first writes where it is.</summary>
    private void Kill(string commandId, string instanceId)
    {
        if (_cloud.Sandboxes is { } host)
        {
            var folder = host.Folders.Command(instanceId, commandId);
            _cloud.Background.Run(InvocationRecord.IdOf(commandId, instanceId), async stop =>
            {
                for (var i = 0; i < 100 && Directory.Exists(folder) && CommandFiles.ExitCode(folder) is null; i++)
                {
                    if (int.TryParse(CommandFiles.Read(folder, "pid", 20), CultureInfo.InvariantCulture, out var pid))
                    {
                        SandboxProcess.Of(pid)?.Terminate();
                        return;
                    }

                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stop).ConfigureAwait(false);
                }
            });
        }
    }
}
