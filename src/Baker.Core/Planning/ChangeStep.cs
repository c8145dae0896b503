namespace Baker.Core.Planning;

/// <summary>One step of a change to the cloud. A dry run prints the very list that the run carries out.</summary>
public abstract record ChangeStep
{
    /// <summary>The name under which a journal, a log and JSON know it.</summary>
    public abstract string Key { get; }

    /// <summary>What it does, as a person reads it.</summary>
    public abstract string Text { get; }

    public sealed override string ToString() => Text;
}
