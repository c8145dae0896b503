namespace Baker.LocalCloud.Running;

/// <summary>
/// What is to happen at a known time, such as an instance becoming running. In memory: services fill it again when they
/// open.
/// </summary>
public sealed class Agenda
{
    private readonly PriorityQueue<Action<DateTimeOffset>, DateTimeOffset> _due = new();

    public void At(DateTimeOffset due, Action<DateTimeOffset> happens) => _due.Enqueue(happens, due);

    internal bool HasDue(DateTimeOffset now) => _due.TryPeek(out _, out var due) && due <= now;

    internal void Run(DateTimeOffset now)
    {
        while (_due.TryPeek(out var happens, out var due) && due <= now)
        {
            _due.Dequeue();
            happens(now);
        }
    }
}
