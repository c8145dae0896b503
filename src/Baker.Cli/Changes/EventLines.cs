using Baker.Cli.Sessions;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Changes;

/// <summary>What happens in a change, for programs: an object a line, at once, and at the end one with all of it.</summary>
/// <param name="isFollowed">Whether more is wanted than the end.</param>
internal sealed class EventLines(Session session, bool isFollowed)
{
    private readonly Lock _gate = new();
    private bool _isFollowed = isFollowed;

    public void Began(string subject, ChangeStep step) => Tell("step_began", StepLine.Json(subject, step));

    public void Ended(string subject, ChangeStep step, TimeSpan took, Exception? failure) =>
        Tell("step_ended", StepLine.Json(subject, step, took, failure));

    /// <summary>Tells all that has come of it, in the last line.</summary>
    public void End(JObject whole)
    {
        lock (_gate)
        {
            session.Terminal.Out.WriteLine(Line("end", whole));
        }
    }

    /// <summary>The same of a change: its steps, and what they came to.</summary>
    public void End(bool isDryRun, JArray steps, string? failure, JArray leftovers, JObject? result) => End(new JObject
    {
        ["dry_run"] = isDryRun,
        ["steps"] = steps,
        ["failure"] = failure,
        ["leftovers"] = leftovers,
        ["result"] = result,
    });

    public void Tell(string happened, JObject what)
    {
        lock (_gate)
        {
            if (!_isFollowed)
            {
                return;
            }

            try
            {
                session.Terminal.Out.WriteLine(Line(happened, what));
                session.Terminal.Out.Flush();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _isFollowed = false; // a reader that has gone ends no change
            }
        }
    }

    private string Line(string happened, JObject what)
    {
        var line = new JObject { ["event"] = happened, ["at"] = TimeText.Of(session.Time.GetUtcNow()) };
        foreach (var property in what.Properties())
        {
            line[property.Name] = property.Value;
        }

        return session.Masks.In(line.ToString(Formatting.None));
    }
}
