using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Metering;

/// <summary>
/// The processor time of instances that execute, as <c>CPUUtilization</c>: a share of the instance type's processors, or of this
/// machine's where those are fewer. An instance that does not execute has none.
/// </summary>
internal sealed class InstanceMeter(ComputeModel compute, Metrics metrics, SandboxHost? sandboxes)
{
    private const string Namespace = "AWS/EC2";

    private Dictionary<string, (DateTimeOffset At, TimeSpan Used)> _before = new(StringComparer.Ordinal);

    public void Measure(DateTimeOffset now)
    {
        if (sandboxes is null || !OperatingSystem.IsLinux())
        {
            return;
        }

        var running = compute.Tables.Instances.All.Where(each => each is { State: "running", Executes: true }).ToList();
        if (running.Count == 0)
        {
            _before.Clear();
            return;
        }

        var used = ProcessorTime.ByNamespace();
        var seen = new Dictionary<string, (DateTimeOffset, TimeSpan)>(StringComparer.Ordinal);
        foreach (var instance in running)
        {
            if (sandboxes.Adopt(instance.Id) is { } init && ProcessorTime.NamespaceOf(init.ProcessId) is { } space)
            {
                var total = used.GetValueOrDefault(space);
                seen[instance.Id] = (now, total);
                if (_before.TryGetValue(instance.Id, out var before) && now > before.At)
                {
                    Put(instance, before.At, now, total - before.Used);
                }
            }
        }

        _before = seen;
    }

    private void Put(InstanceRecord instance, DateTimeOffset from, DateTimeOffset to, TimeSpan used)
    {
        var kind = InstanceKind.All.GetValueOrDefault(instance.InstanceType);
        var processors = Math.Clamp(kind?.Cpus ?? 1, 1, Environment.ProcessorCount);

        // What a process has used is lost to the count when nobody waits for its end, so that the sum may fall.
        var share = Math.Clamp(100 * (used / (to - from)) / processors, 0, 100);
        metrics.Put(instance.Region, Namespace, "CPUUtilization", [("InstanceId", instance.Id)], "Percent", to, share);
        if (instance.Tags.GetValueOrDefault("aws:autoscaling:groupName") is { } group)
        {
            metrics.Put(instance.Region, Namespace, "CPUUtilization", [("AutoScalingGroupName", group)], "Percent", to, share);
        }
    }
}
