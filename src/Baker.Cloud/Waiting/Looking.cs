namespace Baker.Cloud.Waiting;

/// <summary>The loop of every wait that is not a <see cref="SharedPoll{T}"/>.</summary>
internal static class Looking
{
    /// <summary>Looks until it is done, or the limit is over: then it is false.</summary>
    /// <param name="isDone">Given how long it has taken so far.</param>
    /// <param name="pause">How long until the next look, by how long it has taken so far.</param>
    public static async Task<bool> UntilAsync(
        TimeProvider time,
        Func<TimeSpan, Task<bool>> isDone,
        TimeSpan limit,
        Func<TimeSpan, TimeSpan> pause,
        CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (!await isDone(time.GetElapsedTime(began)).ConfigureAwait(false))
        {
            var taken = time.GetElapsedTime(began);
            if (taken > limit)
            {
                return false;
            }

            await Task.Delay(pause(taken), time, stop).ConfigureAwait(false);
        }

        return true;
    }
}
