using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>
/// Moves instances through their states. A state that passes ends when its time is over and the sandbox has followed;
/// what the sandbox still has to do is in the record, so a process that dies leaves it to the next one.
/// </summary>
internal sealed class InstanceStates
{
    private static readonly TimeSpan s_forgetTerminated = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(500);

    private readonly CloudContext _cloud;
    private readonly ComputeTables _tables;
    private readonly Interfaces _interfaces;
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);
    private DateTimeOffset _looked;

    public InstanceStates(CloudContext cloud, ComputeTables tables, Interfaces interfaces)
    {
        _cloud = cloud;
        _tables = tables;
        _interfaces = interfaces;
    }

    /// <summary>Takes over what the process before this one left.</summary>
    public void Recover()
    {
        var captured = _tables.Images.All.Where(i => i.NeedsCapture).Select(i => i.SourceInstanceId).ToHashSet();
        foreach (var instance in _tables.Instances.All.ToList())
        {
            if (instance is { IsPaused: true, Work: InstanceWork.None, State: "running" } && !captured.Contains(instance.Id))
            {
                Reboot(instance, _cloud.Now);
                continue;
            }

            if (instance.Sandbox is not null && instance.State == "running")
            {
                _running.Add(instance.Id);
            }

            if (instance.Work != InstanceWork.None)
            {
                Work(instance);
            }

            Schedule(instance);
        }
    }

    /// <summary>Notices sandboxes that have died; not more often than twice a second.</summary>
    public void Look(DateTimeOffset now)
    {
        if (now < _looked + s_lookAgain && now >= _looked)
        {
            return;
        }

        _looked = now;
        foreach (var id in _running.ToList())
        {
            var instance = _tables.Instances.Find(id);
            if (instance is not { State: "running", Sandbox: { } sandbox })
            {
                _running.Remove(id);
            }
            else if (!instance.IsPaused && instance.Work == InstanceWork.None && !sandbox.IsAlive)
            {
                _running.Remove(id);
                Died(instance, now);
            }
        }
    }

    /// <summary>Puts a new instance, pending, and starts it.</summary>
    public void Begin(InstanceRecord instance, DateTimeOffset now)
    {
        var begun = instance with
        {
            State = "pending",
            StateDue = _cloud.After(now, _cloud.Delays.Running),
            LaunchTime = now,
            StateReasonCode = null,
            StateReasonMessage = null,
            StateTransitionReason = "",
            Executes = _cloud.Sandboxes is not null,
            Work = _cloud.Sandboxes is null ? InstanceWork.None : InstanceWork.Boot,
        };
        _tables.Instances.Put(begun);
        Work(begun);
        Schedule(begun);
    }

    public void Stop(InstanceRecord instance, DateTimeOffset now, string reason = "User initiated") =>
        End(instance, "stopping", _cloud.Delays.Stopped, InstanceWork.Stop, now, reason);

    public void Terminate(InstanceRecord instance, DateTimeOffset now, string reason = "User initiated") =>
        End(instance, "shutting-down", _cloud.Delays.Terminated, InstanceWork.Terminate, now, reason);

    public void Reboot(InstanceRecord instance, DateTimeOffset now)
    {
        var rebooting = instance with
        {
            AgentDue = instance.AgentNeverComes ? null : _cloud.After(now, _cloud.Delays.Agent),
            Work = instance.Executes ? InstanceWork.Reboot : InstanceWork.None,
            IsPaused = instance.Executes,
        };
        _tables.Instances.Put(rebooting);
        Work(rebooting);
    }

    private void End(InstanceRecord instance, string state, TimeSpan takes, InstanceWork work, DateTimeOffset now, string reason)
    {
        var ending = instance with
        {
            State = state,
            StateDue = _cloud.After(now, takes),
            AgentDue = null,
            StateReasonCode = "Client.UserInitiatedShutdown",
            StateReasonMessage = "Client.UserInitiatedShutdown: User initiated shutdown",
            StateTransitionReason = $"{reason} ({now:yyyy-MM-dd HH:mm:ss} GMT)",
            Work = instance.Executes ? work : InstanceWork.None,
        };
        _tables.Instances.Put(ending);
        Work(ending);
        Schedule(ending);
    }

    private void Schedule(InstanceRecord instance)
    {
        if (instance.State is "pending" or "stopping" or "shutting-down")
        {
            _cloud.Agenda.At(instance.StateDue, now => Advance(instance.Id, now));
        }
        else if (instance.IsTerminated)
        {
            _cloud.Agenda.At((instance.TerminatedAt ?? instance.StateDue) + s_forgetTerminated, _ => _tables.Instances.Remove(instance.Id));
        }
    }

    /// <summary>Ends the state that passes, once its time is over and its work done.</summary>
    private void Advance(string id, DateTimeOffset now)
    {
        if (_tables.Instances.Find(id) is not { } instance || instance.Work != InstanceWork.None || now < instance.StateDue)
        {
            return;
        }

        switch (instance.State)
        {
            case "pending":
                _tables.Instances.Put(instance with
                {
                    State = "running",
                    AgentDue = instance.AgentNeverComes ? null : _cloud.After(now, _cloud.Delays.Agent),
                });
                _running.Add(id);
                if (_cloud.Faults.NextInstanceDiesAfter() is { } after)
                {
                    _cloud.Agenda.At(_cloud.After(now, after), later => Kill(id, later));
                }

                break;
            case "stopping":
                _tables.Instances.Put(instance with { State = "stopped", Sandbox = null });
                break;
            case "shutting-down":
                Ended(instance, now);
                break;
        }
    }

    private void Ended(InstanceRecord instance, DateTimeOffset now)
    {
        foreach (var attached in instance.Volumes)
        {
            if (attached.DeleteOnTermination)
            {
                _tables.Volumes.Remove(attached.VolumeId);
            }
            else if (_tables.Volumes.Find(attached.VolumeId) is { } volume)
            {
                _tables.Volumes.Put(volume with { State = "available", InstanceId = null });
            }
        }

        _interfaces.End(instance);
        var ended = instance with { State = "terminated", TerminatedAt = now, Sandbox = null, Volumes = [], ElasticAddress = null };
        _tables.Instances.Put(ended);
        Schedule(ended);
    }

    /// <summary>The fault "an instance dies".</summary>
    private void Kill(string id, DateTimeOffset now)
    {
        if (_tables.Instances.Find(id) is { State: "running" } instance)
        {
            Terminate(instance, now, "Server.SpotInstanceTermination: killed by a fault of the local cloud");
        }
    }

    private void Died(InstanceRecord instance, DateTimeOffset now)
    {
        if (instance.ShutdownBehavior == "terminate")
        {
            Terminate(instance, now, "Client.InstanceInitiatedShutdown: Instance initiated shutdown");
            return;
        }

        _tables.Instances.Put(instance with
        {
            State = "stopped",
            Sandbox = null,
            AgentDue = null,
            StateReasonCode = "Client.InstanceInitiatedShutdown",
            StateReasonMessage = "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
            StateTransitionReason = $"the sandbox ended by itself or with the host ({now:yyyy-MM-dd HH:mm:ss} GMT)",
        });
    }

    private void Work(InstanceRecord instance)
    {
        if (_cloud.Sandboxes is { } host && instance.Work != InstanceWork.None)
        {
            _cloud.Background.Run(instance.Id, stop => WorkAsync(host, instance.Id, stop));
        }
        else if (instance.Work != InstanceWork.None)
        {
            // It was launched to execute, and this process does not: let it pass through its states at least.
            _tables.Instances.Put(instance with { Work = InstanceWork.None, IsPaused = false });
        }
    }

    private async Task WorkAsync(SandboxHost host, string id, CancellationToken stop)
    {
        var instance = _cloud.Report(() => _tables.Instances.Find(id));
        if (instance is null or { Work: InstanceWork.None })
        {
            return;
        }

        var work = instance.Work;
        var failure = default(string);
        var sandbox = instance.Sandbox ?? host.Adopt(id);
        var console = instance.LastConsole;
        try
        {
            if (work is InstanceWork.Stop or InstanceWork.Terminate or InstanceWork.Reboot && sandbox is not null)
            {
                await SandboxHost.StopAsync(sandbox, force: false, stop).ConfigureAwait(false);
                sandbox = null;
            }

            if (work == InstanceWork.Terminate)
            {
                console = host.ConsoleOf(id);
                await host.RemoveInstanceAsync(id, stop).ConfigureAwait(false);
            }

            if (work is InstanceWork.Boot or InstanceWork.Reboot)
            {
                sandbox = await host.BootAsync(SpecOf(instance), instance.DiskSnapshotId, stop).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            failure = error.Message;
        }

        _cloud.Report(() => Worked(id, work, sandbox, failure, console));
    }

    private void Worked(string id, InstanceWork work, SandboxProcess? sandbox, string? failure, string? console)
    {
        var now = _cloud.Now;
        if (_tables.Instances.Find(id) is not { } instance)
        {
            return;
        }

        var updated = instance with { Sandbox = sandbox, LastConsole = console };
        if (instance.Work != work)
        {
            // Something else was asked for meanwhile; its own work follows under the same key.
            _tables.Instances.Put(updated);
            return;
        }

        _tables.Instances.Put(updated with { Work = InstanceWork.None, IsPaused = false });
        if (failure is not null && work is InstanceWork.Boot or InstanceWork.Reboot)
        {
            Terminate(updated, now, failure!);
            _tables.Instances.Put(_tables.Instances.Find(id)! with
            {
                StateReasonCode = "Server.InternalError",
                StateReasonMessage = $"Server.InternalError: {failure}",
            });
            return;
        }

        if (instance.State == "running")
        {
            _running.Add(id);
        }

        Advance(id, now);
    }

    internal static SandboxSpec SpecOf(InstanceRecord instance) =>
        new(instance.Id, instance.Address, instance.UserData is null ? [] : [.. Convert.FromBase64String(instance.UserData)])
        {
            DefaultUser = instance.DefaultUser,
            PublicKey = instance.PublicKey,
        };
}
