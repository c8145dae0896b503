namespace Baker.LocalCloud.Alarms;

/// <summary>An alarm's change of state, as its actions are told of it.</summary>
/// <param name="Alarm">The alarm in its new state.</param>
/// <param name="From">The state before; the same where the action is only carried out again.</param>
/// <param name="Value">The newest datapoint; null where there is none.</param>
internal sealed record AlarmEvent(AlarmRecord Alarm, string From, double? Value, DateTimeOffset At);
