using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.AutoScaling;
using Baker.LocalCloud.Notifications;

namespace Baker.LocalCloud;

/// <summary>Takes the actions of alarms to the services that carry them out.</summary>
internal sealed class AlarmWiring(NotificationService topics, Scaler scaler)
{
    private const string Policy = ":scalingPolicy:";

    public void Connect(AlarmStates states)
    {
        states.Repeats = static arn => arn.Contains(Policy, StringComparison.Ordinal);
        states.Act = Act;
    }

    private string? Act(AlarmEvent happened, string arn) => arn.Split(':')[2] switch
    {
        "sns" => topics.Publish(arn, AlarmMessage.SubjectOf(happened), AlarmMessage.TextOf(happened), happened.At)
            ? null
            : $"The topic {arn} does not exist",
        "autoscaling" when arn.Contains(Policy, StringComparison.Ordinal) => scaler.Alarmed(happened, arn),
        var service => $"The local cloud carries out no actions of {service}",
    };
}
