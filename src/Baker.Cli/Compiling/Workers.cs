using System.Runtime.ExceptionServices;

namespace Baker.Cli.Compiling;

/// <summary>Spreads many small, equal jobs over the processors.</summary>
internal static class Workers
{
    private const int Batch = 32;

    /// <summary>
    /// Runs a job for every index; <paramref name="start"/> makes what one thread works with. The first error is thrown
    /// after all threads ended.
    /// </summary>
    public static void Run<TWorker>(int count, Func<TWorker> start, Action<TWorker, int> job, CancellationToken stop)
    {
        var next = 0;
        ExceptionDispatchInfo? failure = null;
        void Work()
        {
            try
            {
                var worker = start();
                while (Volatile.Read(ref failure) is null)
                {
                    var from = Interlocked.Add(ref next, Batch) - Batch;
                    if (from >= count)
                    {
                        return;
                    }

                    for (var index = from; index < Math.Min(from + Batch, count); index++)
                    {
                        stop.ThrowIfCancellationRequested();
                        job(worker, index);
                    }
                }
            }
#pragma warning disable CA1031 // thrown again on the thread that asked
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            }
#pragma warning restore CA1031
        }

        var helpers = new Thread[Math.Clamp((count / (2 * Batch)) - 1, 0, Math.Min(Environment.ProcessorCount, 8) - 1)];
        for (var index = 0; index < helpers.Length; index++)
        {
            helpers[index] = new Thread(Work);
            helpers[index].Start();
        }

        Work();
        foreach (var helper in helpers)
        {
            helper.Join();
        }

        failure?.Throw();
    }
}
