using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Alarms;

/// <summary>CloudWatch: metrics, and the alarms that watch them.</summary>
internal sealed class AlarmService : ICloudService
{
    public const string Name = "monitoring";

    private readonly Table<AlarmRecord> _alarms;

    public AlarmService(CloudContext cloud)
    {
        _alarms = cloud.Store.Table("alarms", AlarmJson.Default.AlarmRecord);
        States = new AlarmStates(cloud, _alarms, Metrics);
        Actions = new AlarmActions(_alarms, States);
    }

    public Metrics Metrics { get; } = new();

    public AlarmStates States { get; }

    public AlarmActions Actions { get; }

    public static string IdOf(string region, string name) => $"{region}|{name}";

    public static string ArnOf(Call call, string name) => $"arn:aws:cloudwatch:{call.Region}:{call.AccountId}:alarm:{name}";

    /// <summary>The alarms that have an action, in whatever state.</summary>
    public IEnumerable<AlarmRecord> WithAction(string region, string arn) => _alarms.All.Where(each => each.Region == region
        && new[] { each.Settings.AlarmActions, each.Settings.OKActions, each.Settings.InsufficientDataActions }
            .Any(actions => actions?.Contains(arn) == true));

    public bool IsInAlarm(string region, string name) => _alarms.Find(IdOf(region, name)) is { State: "ALARM" };

    public void Register(Router router)
    {
        Actions.Register(router);
        new MetricActions(Metrics).Register(router);
    }

    public void Reconcile(DateTimeOffset now) => States.Run(now);
}
