namespace Baker.Cloud.Waiting;

/// <summary>
/// When a thing was ready the last times: it was seen not ready at <paramref name="NotYet"/> and ready at
/// <paramref name="Ready"/>.
/// </summary>
public sealed record LearnedTime(TimeSpan NotYet, TimeSpan Ready)
{
    public static LearnedTime Of(TimeSpan notYet, TimeSpan ready) => new(notYet == TimeSpan.Zero ? ready * 0.7 : notYet, ready);

    /// <summary>
    /// Takes another wait into account. Where both agree the time lies in what they have in common; else anywhere between
    /// them.
    /// </summary>
    public LearnedTime With(TimeSpan notYet, TimeSpan ready)
    {
        if (notYet == TimeSpan.Zero)
        {
            // Ready at the first look, it may have been so for a while: look a little earlier next time.
            return ready >= Ready ? this : new(ready <= NotYet ? ready * 0.95 : NotYet, ready);
        }

        var common = (From: notYet > NotYet ? notYet : NotYet, To: ready < Ready ? ready : Ready);
        return common.From < common.To
            ? new(common.From, common.To)
            : new(notYet < NotYet ? notYet : NotYet, ready > Ready ? ready : Ready);
    }
}
