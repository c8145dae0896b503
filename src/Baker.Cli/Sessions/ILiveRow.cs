namespace Baker.Cli.Sessions;

/// <summary>One of the things that are under way, as it is now.</summary>
internal interface ILiveRow
{
    /// <summary>In one line.</summary>
    string Brief { get; }

    /// <summary>In as many lines as it needs, for a terminal of that width.</summary>
    IEnumerable<string> Full(int width);
}
