using Baker.Cloud.Pacing;

namespace Baker.Cloud.Tests.Pacing;

/// <summary>An account with a token bucket, called through what is learned of it; time passes in steps of a millisecond.</summary>
internal sealed class SimulatedAccount(double rate, double burst, double roundTrip)
{
    private const double Step = 0.001;
    private readonly AccountBucket _learned = new();
    private readonly Queue<(double SentAt, double ArrivesAt)> _sent = [];
    private readonly Queue<(double SentAt, double ArrivesAt, bool IsAccepted)> _answered = [];
    private double? _left;
    private int _waiting;

    public double Now { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Refuses everything until then.</summary>
    public double ClosedUntil { get; init; }

    public double? LearnedRate => _learned.Rate;

    /// <summary>Lets time pass in which nobody calls.</summary>
    public void Rest(double seconds)
    {
        var end = Now + seconds;
        while (Now < end)
        {
            Pass();
        }
    }

    /// <summary>Asks for so many calls at once; returns the seconds until the last is accepted.</summary>
    public double Call(int count)
    {
        var began = Now;
        _waiting += count;
        var accepted = 0;
        while (accepted < count && Now < began + 3600)
        {
            Pass();
            accepted += Answers();
            while (_waiting > 0 && _learned.Delay(Now) <= 0)
            {
                _waiting--;
                _learned.Sent(Now);
                _sent.Enqueue((Now, Now + (roundTrip / 2)));
            }
        }

        return Now - began;
    }

    private void Pass()
    {
        Now += Step;
        var tokens = Math.Min(burst, (_left ?? burst) + (rate * Step));
        while (_sent.TryPeek(out var call) && call.ArrivesAt <= Now)
        {
            _sent.Dequeue();
            var isAccepted = tokens >= 1 && Now >= ClosedUntil;
            tokens -= isAccepted ? 1 : 0;
            _answered.Enqueue((call.SentAt, Now + (roundTrip / 2), isAccepted));
        }

        _left = tokens;
    }

    private int Answers()
    {
        var accepted = 0;
        while (_answered.TryPeek(out var answer) && answer.ArrivesAt <= Now)
        {
            _answered.Dequeue();
            if (answer.IsAccepted)
            {
                accepted++;
                _learned.Accepted(answer.SentAt, Now);
            }
            else
            {
                Refused++;
                _waiting++;
                _learned.Refused(answer.SentAt, Now);
            }
        }

        return accepted;
    }
}
