using Baker.Core;

namespace Baker.Cloud.Waiting;

/// <summary>
/// One poll for everyone in the process who waits for a resource of one kind: each look asks for all of them at once,
/// at the earliest time that any of them wants one.
/// </summary>
public sealed class SharedPoll<TState>
    where TState : class
{
    private readonly Lock _gate = new();
    private readonly Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, TState>>> _look;
    private readonly PollPace _pace;
    private readonly Timings _timings;
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _spare;
    private readonly List<Waiter> _waiters = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _running;

    /// <param name="look">Describes the resources of these ids; one that does not exist (yet) is left out.</param>
    /// <param name="spare">How long to leave between two looks for the account's sake.</param>
    public SharedPoll(
        Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, TState>>> look,
        PollPace pace,
        Timings timings,
        TimeProvider time,
        Func<TimeSpan> spare)
    {
        (_look, _pace, _timings, _time, _spare) = (look, pace, timings, time, spare);
    }

    /// <summary>
    /// Waits until <paramref name="done"/> says so of the resource's state (null while it is not known). What it throws ends the wait.
    /// </summary>
    /// <exception cref="BakerException">With <see cref="ExitCode.TimedOut"/> when the expectation's time has passed.</exception>
    public async Task<TState> UntilAsync(string id, Func<TState?, bool> done, Expectation expectation, CancellationToken stop)
    {
        var waiter = new Waiter(id, done, expectation, _timings.Expected(expectation.Key), _time.GetTimestamp());
        waiter.NextLook = NextLook(waiter);
        lock (_gate)
        {
            _waiters.Add(waiter);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
            else
            {
                _changed.TrySetResult();
            }
        }

        using var registration = stop.Register(() =>
        {
            Remove(waiter);
            waiter.Result.TrySetCanceled(stop);
        });
        return await waiter.Result.Task.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            TimeSpan wait;
            Task changed;
            lock (_gate)
            {
                if (_waiters.Count == 0)
                {
                    _running = false;
                    return;
                }

                if (_changed.Task.IsCompleted)
                {
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                changed = _changed.Task;
                wait = _waiters.Min(waiter => waiter.NextLook - _time.GetElapsedTime(waiter.Started));
            }

            if (wait > TimeSpan.Zero && !await SleptAsync(wait, changed).ConfigureAwait(false))
            {
                continue;
            }

            var began = _time.GetTimestamp();
            await LookAsync().ConfigureAwait(false);
            var took = _time.GetElapsedTime(began); // an endpoint that answers slowly is left as much time for other calls
            await Task.Delay(took > Gap() ? took : Gap(), _time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Sleeps; false where a new waiter came meanwhile, who may want to look earlier.</summary>
    private async Task<bool> SleptAsync(TimeSpan wait, Task changed)
    {
        using var enough = new CancellationTokenSource();
        var slept = Task.Delay(wait, _time, enough.Token);
        var first = await Task.WhenAny(slept, changed).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return first == slept;
    }

    private TimeSpan Gap() => _spare() is var spare && spare > _pace.Gap ? spare : _pace.Gap;

    private async Task LookAsync()
    {
        Waiter[] waiters;
        lock (_gate)
        {
            waiters = [.. _waiters];
        }

        try
        {
            var sentAt = _time.GetTimestamp();
            var states = await _look(
                [.. waiters.Select(waiter => waiter.Id).Distinct(StringComparer.Ordinal)],
                CancellationToken.None).ConfigureAwait(false);
            foreach (var waiter in waiters)
            {
                Judge(waiter, states.GetValueOrDefault(waiter.Id), sentAt);
            }
        }
#pragma warning disable CA1031 // whatever the look met is what each waiter has to hear
        catch (Exception error)
        {
            foreach (var waiter in waiters)
            {
                Remove(waiter);
                waiter.Result.TrySetException(error);
            }
        }
#pragma warning restore CA1031
    }

    private void Judge(Waiter waiter, TState? state, long sentAt)
    {
        try
        {
            var elapsed = _time.GetElapsedTime(waiter.Started, sentAt);
            if (waiter.Done(state))
            {
                _timings.Learn(waiter.Expectation.Key, waiter.NotYet, elapsed);
                Remove(waiter);
                waiter.Result.TrySetResult(state!);
                return;
            }

            waiter.NotYet = elapsed > TimeSpan.Zero ? elapsed : TimeSpan.Zero;
            waiter.NextLook = NextLook(waiter);
            if (elapsed > waiter.Expectation.Timeout)
            {
                throw new BakerException(
                    ExitCode.TimedOut,
                    $"{waiter.Expectation.What} was not seen within {Words(waiter.Expectation.Timeout)}");
            }
        }
#pragma warning disable CA1031 // a judgement that throws ends its own wait and no other
        catch (Exception error)
        {
            Remove(waiter);
            waiter.Result.TrySetException(error);
        }
#pragma warning restore CA1031
    }

    private static string Words(TimeSpan time) => time.TotalMinutes < 1 ? $"{time.TotalSeconds:0.#} s" : $"{time.TotalMinutes:0.#} minutes";

    private TimeSpan NextLook(Waiter waiter) =>
        waiter.Expectation.Every is { } every ? waiter.NotYet + every : _pace.Next(waiter.NotYet, waiter.Expected);

    private void Remove(Waiter waiter)
    {
        lock (_gate)
        {
            _waiters.Remove(waiter);
        }
    }

    private sealed class Waiter(string id, Func<TState?, bool> done, Expectation expectation, LearnedTime? expected, long started)
    {
        public string Id => id;

        public Func<TState?, bool> Done => done;

        public Expectation Expectation => expectation;

        public LearnedTime? Expected => expected;

        public long Started => started;

        public TimeSpan NotYet { get; set; }

        public TimeSpan NextLook { get; set; }

        public TaskCompletionSource<TState> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
