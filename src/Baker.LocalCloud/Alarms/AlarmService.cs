using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Alarms;

/// <summary>CloudWatch, as far as instance refreshes and rollbacks need it: metric alarms and the metrics under them.</summary>
internal sealed class AlarmService : ICloudService
{
    public const string Name = "monitoring";

    private readonly Table<AlarmRecord> _alarms;
    private readonly Metrics _metrics = new();
    private readonly AlarmStates _states;

    public AlarmService(CloudContext cloud)
    {
        _alarms = cloud.Store.Table("alarms", AlarmJson.Default.AlarmRecord);
        _states = new AlarmStates(cloud, _alarms, _metrics);
    }

    public static string IdOf(string region, string name) => $"{region}|{name}";

    public bool IsInAlarm(string region, string name) => _alarms.Find(IdOf(region, name)) is { State: "ALARM" };

    public void Register(Router router)
    {
        new AlarmActions(_alarms, _states).Register(router);
        new MetricActions(_metrics).Register(router);
    }

    public void Reconcile(DateTimeOffset now) => _states.Run(now);
}
