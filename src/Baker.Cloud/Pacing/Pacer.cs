using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Baker.Core;
using Baker.Core.Planning;

namespace Baker.Cloud.Pacing;

/// <summary>
/// Sends every call of the process, one bucket per service, and sends refused ones again. A throttled call is tried until
/// <see cref="ThrottlePatience"/> has passed; one that had no answer, or none that can be read, for <see cref="Patience"/>, and where
/// doing it twice would do harm, only once it is known that it was not done.
/// </summary>
public sealed class Pacer(TimeProvider time)
{
    private const int MostInabilities = 5;
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_transfer = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<string, CallBucket> _buckets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _refused = new(StringComparer.Ordinal);
    private Outage? _outage;

    /// <summary>How long a call that AWS throttles is tried before it is given up.</summary>
    public TimeSpan ThrottlePatience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a cloud that does not answer is borne.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Told when the cloud has not answered for a while, and when it answers again.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>Calls sent so far, by operation.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>Calls that were throttled, by operation.</summary>
    public IReadOnlyDictionary<string, int> Refused => _refused;

    /// <summary>The rate that each service called so far holds us to, calls a second; null where it does not.</summary>
    public IReadOnlyList<double?> Rates => [.. _buckets.Values.Select(bucket => bucket.Rate)];

    /// <summary>How long a poll should wait after its last look where an account has refused calls.</summary>
    public TimeSpan SpareForPolls => _buckets.Values.Select(bucket => bucket.SpareForPolls).DefaultIfEmpty().Max();

    private Outage Outage => LazyInitializer.EnsureInitialized(ref _outage, () => new Outage(time, Patience));

    /// <summary>Sends a call that may be repeated: a read, or a write with a client token or the same end state.</summary>
    /// <param name="breaksOff">False: what the call makes must be known, so an interrupt is heeded after it.</param>
    public Task<TResponse> SendAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        CancellationToken stop,
        bool breaksOff = true)
        where TRequest : AmazonWebServiceRequest
        where TResponse : class =>
        SendAsync<TResponse>(typeof(TRequest), token => call(request, token), find: null, breaksOff, stop);

    /// <summary>Every page of a list, each asked for when the one before it was used.</summary>
    /// <param name="next">Puts the token of a page into the request for the next one, and gives it.</param>
    public async IAsyncEnumerable<TResponse> PagesAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        Func<TResponse, string?> next,
        [EnumeratorCancellation] CancellationToken stop)
        where TRequest : AmazonWebServiceRequest
        where TResponse : class
    {
        TResponse page;
        do
        {
            page = await SendAsync(call, request, stop).ConfigureAwait(false);
            yield return page;
        }
        while (!string.IsNullOrEmpty(next(page)));
    }

    /// <summary>
    /// Sends a call that must not be carried out twice: where the reply was lost, it is looked for what the call made, and sent
    /// again only where that is not there.
    /// </summary>
    /// <param name="find">What the call made, as its reply would tell it; null where there is nothing.</param>
    public Task<TResponse> SendOnceAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        Func<CancellationToken, Task<TResponse?>> find,
        CancellationToken stop,
        bool breaksOff = true)
        where TRequest : AmazonWebServiceRequest
        where TResponse : class =>
        SendAsync(typeof(TRequest), token => call(request, token), find, breaksOff, stop);

    /// <summary>The same, where a lost reply is the caller's to resolve: it looks, and asks again, by itself.</summary>
    public Task<TResponse> SendOnceAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        CancellationToken stop)
        where TRequest : AmazonWebServiceRequest
        where TResponse : class =>
        SendAsync<TResponse>(
            typeof(TRequest),
            token => call(request, token),
            _ => throw new InvalidOperationException("A lost reply is the caller's to resolve."),
            breaksOff: true,
            stop,
            isCallers: true);

    /// <summary>Takes in the object that an answer brings, for as long as a transfer may take.</summary>
    /// <exception cref="TimeoutException">It stopped coming.</exception>
    public Task<T> TransferAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken stop) => LimitedAsync(read, s_transfer, stop);

    private async Task<TResponse> SendAsync<TResponse>(
        Type request,
        Func<CancellationToken, Task<TResponse>> call,
        Func<CancellationToken, Task<TResponse?>>? find,
        bool breaksOff,
        CancellationToken stop,
        bool isCallers = false)
        where TResponse : class
    {
        var operation = request.Name[..^"Request".Length];
        var bucket = _buckets.GetOrAdd(request.Namespace!, _ => new CallBucket(time)); // a namespace has the requests of one service
        var order = OrderOf(operation);
        var started = time.GetTimestamp();
        long? failing = null;
        for (var failures = 0; ;)
        {
            await bucket.TakeAsync(order, started, stop).ConfigureAwait(false);
            var sentAt = time.GetTimestamp();
            var backoff = TimeSpan.Zero;
            try
            {
                if (Outage.Allow(TimeLimitOf(operation)) is not { } limit)
                {
                    throw GivenUp(operation, Outage.Last!, sentAt);
                }

                _calls.AddOrUpdate(operation, 1, (_, count) => count + 1);
                var response = await LimitedAsync(call, limit, breaksOff ? stop : CancellationToken.None).ConfigureAwait(false);
                Answered();
                bucket.Accepted(sentAt);
                return response;
            }
            catch (Exception error) when (Refusal.IsThrottle(error))
            {
                stop.ThrowIfCancellationRequested(); // who has asked to stop is told of that, not of the refusal
                Answered();
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
            catch (Exception error) when (Refusal.IsTransient(error))
            {
                stop.ThrowIfCancellationRequested();
                if (Outage.Failed(sentAt, error) is { } left)
                {
                    Say?.Invoke($"{LostCall.ExplainAll(error).Message.TrimEnd('.')}. It is tried for another {DurationText.Of(left)}.");
                }

                failing ??= sentAt;
                backoff = s_firstBackoff * Math.Pow(2, failures++);
                backoff = backoff < s_longestBackoff ? backoff : s_longestBackoff;
                if (isCallers || (failures >= MostInabilities && Refusal.IsInability(error)))
                {
                    throw;
                }

                if (Outage.IsTooLong(failing.Value, backoff))
                {
                    throw GivenUp(operation, error, failing.Value);
                }
            }
            catch (AmazonServiceException)
            {
                Answered();
                throw;
            }
            finally
            {
                bucket.Ended();
            }

            await Task.Delay(backoff, time, stop).ConfigureAwait(false);
            if (failing is not null && find is not null && await find(stop).ConfigureAwait(false) is { } made)
            {
                return made;
            }
        }
    }

    /// <summary>A call, for as long as it may take: the connection may be dead without either end knowing.</summary>
    private async Task<TResponse> LimitedAsync<TResponse>(
        Func<CancellationToken, Task<TResponse>> call,
        TimeSpan limit,
        CancellationToken stop)
    {
        using var late = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        var answer = call(either.Token);
        if (answer.IsCompleted)
        {
            return await answer.ConfigureAwait(false);
        }

        var timer = time.CreateTimer(_ => late.Cancel(), null, limit, Timeout.InfiniteTimeSpan);
        await using (timer.ConfigureAwait(false))
        {
            try
            {
                // What does not heed its token, as some sources of credentials, is not waited for either.
                return await answer.WaitAsync(late.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException error) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                throw new TimeoutException($"there was no answer within {limit.TotalSeconds:0} s", error);
            }
        }
    }

    private void Answered()
    {
        if (Outage.Answered() is { } after)
        {
            Say?.Invoke($"The cloud answers again, after {DurationText.Of(after)}.");
        }
    }

    private BakerException GivenUp(string operation, Exception error, long since)
    {
        var cause = LostCall.ExplainAll(error);
        var taken = time.GetElapsedTime(since);
        var tried = taken > TimeSpan.FromSeconds(1) ? $"tried for {taken.TotalSeconds:0} s" : "tried once more";
        return new BakerException(ExitCode.CloudFailed, $"{cause.Message} ({operation}, {tried})", cause.Remedy, error);
    }

    private static TimeSpan TimeLimitOf(string operation) => operation switch
    {
        "RunInstances" or "CreateImage" or "CopyImage" => TimeSpan.FromMinutes(1),
        "PutObject" or "GetObject" => s_transfer,
        _ => TimeSpan.FromSeconds(30),
    };

    private static CallOrder OrderOf(string operation) =>
        operation.StartsWith("Describe", StringComparison.Ordinal) ? CallOrder.Look
        : operation == "RunInstances" ? CallOrder.Launch
        : CallOrder.Change;
}
