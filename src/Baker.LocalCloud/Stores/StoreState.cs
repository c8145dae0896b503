namespace Baker.LocalCloud.Stores;

/// <summary>The states that all data stores have, and when one that passes is over.</summary>
internal static class StoreState
{
    public const string Creating = "creating";
    public const string Available = "available";
    public const string Modifying = "modifying";
    public const string Rebooting = "rebooting";
    public const string Deleting = "deleting";
    public const string Failed = "failed";

    /// <summary>A store that is gone.</summary>
    public const string Gone = "";

    /// <summary>The state of a store now: one that passes ends when its time is over and the engines have followed.</summary>
    /// <param name="engines">Those that it has, or had.</param>
    public static string Next(string state, DateTimeOffset due, DateTimeOffset now, params IEnumerable<EngineRecord?> engines)
    {
        if (now < due)
        {
            return state;
        }

        switch (state)
        {
            case Failed or Creating or Modifying or Rebooting or "starting" or "resuming" or "snapshotting":
                var all = engines.OfType<EngineRecord>().ToList();
                return all.Exists(each => each is { Failure: not null, Work: EngineWork.None }) ? Failed
                    : all.TrueForAll(each => each is { IsReady: true, Work: EngineWork.None } || !each.IsWanted) ? Available
                    : state;
            case "stopping":
                return engines.All(each => each is null or { Work: EngineWork.None }) ? "stopped" : state;
            case "pausing":
                return engines.All(each => each is null or { Work: EngineWork.None }) ? "paused" : state;
            case Deleting:
                return engines.All(each => each is null) ? Gone : state;
            default:
                return state;
        }
    }
}
