using System.Globalization;
using Amazon.Runtime;

namespace Baker.Cloud;

/// <summary>
/// The cloud's clock, from the Date of its replies: leases, soaks and warm times are counted by it, because the clock of
/// an operator's machine may be wrong. Between replies it runs on with this machine's steady timer.
/// </summary>
public sealed class CloudClock(TimeProvider time)
{
    private readonly Lock _gate = new();
    private DateTimeOffset? _seen;
    private long _at;

    /// <summary>Null until a reply had a date.</summary>
    public DateTimeOffset? Now
    {
        get
        {
            lock (_gate)
            {
                return _seen is { } seen ? seen + time.GetElapsedTime(_at) : null;
            }
        }
    }

    /// <summary>The same, and this machine's clock until then.</summary>
    public DateTimeOffset UtcNow => Now ?? time.GetUtcNow();

    /// <summary>Takes the time from the replies that a client gets.</summary>
    public void Watch(object client)
    {
        if (client is AmazonServiceClient service)
        {
            service.AfterResponseEvent += OnResponse;
        }
    }

    private void OnResponse(object sender, ResponseEventArgs e)
    {
        if (e is WebServiceResponseEventArgs { ResponseHeaders: { } headers }
            && headers.FirstOrDefault(header => header.Key.Equals("Date", StringComparison.OrdinalIgnoreCase)).Value is { } text
            && DateTimeOffset.TryParseExact(text, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            lock (_gate)
            {
                // Dates come in whole seconds and may arrive out of order: never go back.
                var running = _seen is { } seen ? seen + time.GetElapsedTime(_at) : (DateTimeOffset?)null;
                if (running is null || date > running || running - date > TimeSpan.FromSeconds(5))
                {
                    (_seen, _at) = (date, time.GetTimestamp());
                }
            }
        }
    }
}
