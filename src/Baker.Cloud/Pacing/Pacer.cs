using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Baker.Core;

namespace Baker.Cloud.Pacing;

/// <summary>
/// Sends every call of the process, one bucket per service, and sends refused ones again. A throttled call is tried until
/// <see cref="ThrottlePatience"/> has passed; one whose reply was lost a few times, and only where doing it twice is harmless.
/// </summary>
public sealed class Pacer(TimeProvider time)
{
    private const int TransientAttempts = 5;
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentDictionary<string, CallBucket> _buckets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _refused = new(StringComparer.Ordinal);

    /// <summary>How long a call that AWS throttles is tried before it is given up.</summary>
    public TimeSpan ThrottlePatience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Calls sent so far, by operation.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>Calls that were throttled, by operation.</summary>
    public IReadOnlyDictionary<string, int> Refused => _refused;

    /// <summary>The rate that each service called so far holds us to, calls a second; null where it does not.</summary>
    public IReadOnlyList<double?> Rates => [.. _buckets.Values.Select(bucket => bucket.Rate)];

    /// <summary>How long a poll should wait after its last look where an account has refused calls.</summary>
    public TimeSpan SpareForPolls => _buckets.Values.Select(bucket => bucket.SpareForPolls).DefaultIfEmpty().Max();

    /// <summary>Sends a call that may be repeated: a read, or a write with a client token or the same end state.</summary>
    public Task<TResponse> SendAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        CancellationToken stop)
        where TRequest : AmazonWebServiceRequest =>
        SendAsync(typeof(TRequest), token => call(request, token), repeatable: true, stop);

    /// <summary>Every page of a list, each asked for when the one before it was used.</summary>
    /// <param name="next">Puts the token of a page into the request for the next one, and gives it.</param>
    public async IAsyncEnumerable<TResponse> PagesAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        Func<TResponse, string?> next,
        [EnumeratorCancellation] CancellationToken stop)
        where TRequest : AmazonWebServiceRequest
    {
        TResponse page;
        do
        {
            page = await SendAsync(call, request, stop).ConfigureAwait(false);
            yield return page;
        }
        while (!string.IsNullOrEmpty(next(page)));
    }

    /// <summary>Sends a call that must not be carried out twice: a lost reply is the caller's to resolve.</summary>
    public Task<TResponse> SendOnceAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        CancellationToken stop)
        where TRequest : AmazonWebServiceRequest =>
        SendAsync(typeof(TRequest), token => call(request, token), repeatable: false, stop);

    private async Task<TResponse> SendAsync<TResponse>(
        Type request,
        Func<CancellationToken, Task<TResponse>> call,
        bool repeatable,
        CancellationToken stop)
    {
        var operation = request.Name[..^"Request".Length];
        var bucket = _buckets.GetOrAdd(request.Namespace!, _ => new CallBucket(time)); // a namespace has the requests of one service
        var order = OrderOf(operation);
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            await bucket.TakeAsync(order, started, stop).ConfigureAwait(false);
            var sentAt = time.GetTimestamp();
            _calls.AddOrUpdate(operation, 1, (_, count) => count + 1);
            var backoff = TimeSpan.Zero;
            try
            {
                var response = await call(stop).ConfigureAwait(false);
                bucket.Accepted(sentAt);
                return response;
            }
            catch (Exception error) when (Refusal.IsThrottle(error))
            {
                stop.ThrowIfCancellationRequested(); // who has asked to stop is told of that, not of the refusal
                _refused.AddOrUpdate(operation, 1, (_, count) => count + 1);
                bucket.Refused(sentAt);
                if (time.GetElapsedTime(started) > ThrottlePatience)
                {
                    throw new BakerException(
                        ExitCode.CloudFailed,
                        $"{operation}: AWS has refused this call for {ThrottlePatience.TotalMinutes:0} minutes ({error.Message})",
                        "Something else in this account is using up its request rate; try again when it is done.",
                        error);
                }
            }
            catch (Exception error)
                when (!stop.IsCancellationRequested && repeatable && attempt < TransientAttempts && Refusal.IsTransient(error))
            {
                backoff = s_firstBackoff * Math.Pow(2, attempt - 1);
            }
            finally
            {
                bucket.Ended();
            }

            await Task.Delay(backoff, time, stop).ConfigureAwait(false);
        }
    }

    private static CallOrder OrderOf(string operation) =>
        operation.StartsWith("Describe", StringComparison.Ordinal) ? CallOrder.Look
        : operation == "RunInstances" ? CallOrder.Launch
        : CallOrder.Change;
}
