using System.Runtime.CompilerServices;

namespace Baker.Testing;

/// <summary>Waits for something to come to pass: two minutes at most, since the machine may be busy.</summary>
internal static class Wait
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public static Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        UntilAsync(condition, () => what);

    /// <param name="condition">Asked over and over.</param>
    /// <param name="what">What was waited for, as it stands when the wait was in vain.</param>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > s_limit)
            {
                Assert.Fail($"Waited {s_limit.TotalMinutes} min for {what()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
