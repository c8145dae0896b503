namespace Baker.LocalCloud.Routing;

/// <summary>A service whose resources the status counts.</summary>
internal interface ICountedService
{
    /// <summary>How many there are of each kind; a kind that has none is left out of the status.</summary>
    IEnumerable<(string Name, int Count)> Count();
}
