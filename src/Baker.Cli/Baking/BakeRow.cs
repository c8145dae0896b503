using Baker.Cli.Sessions;

namespace Baker.Cli.Baking;

/// <summary>A bake that is under way: its step, and for how long.</summary>
/// <param name="name">The group's, as wide as the widest.</param>
internal sealed class BakeRow(TimeProvider time, string name, string step, TimeSpan? expected) : ILiveRow
{
    private readonly long _began = time.GetTimestamp();

    public string Brief
    {
        get
        {
            var usual = expected is { TotalSeconds: >= 1 } known ? $" of about {ElapsedText.Words(known)}" : "";
            return $"{name}  {step,-10} {ElapsedText.Words(time.GetElapsedTime(_began)),9}{usual}";
        }
    }

    public IEnumerable<string> Full(int width) => [Brief];
}
