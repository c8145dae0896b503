namespace Baker.Core.Planning;

/// <summary>A freeze of an environment, put on or lifted in one of its Regions.</summary>
/// <param name="What">The environment, in words.</param>
public abstract record FreezeStep(string What, string Region) : ChangeStep
{
    public sealed record Freeze(string What, string Region) : FreezeStep(What, Region)
    {
        public override string Key => "freeze";

        public override string Text => $"freeze {What} in {Region}";
    }

    public sealed record Explain(string What, string Region, FreezeRecord Record, string Why) : FreezeStep(What, Region)
    {
        public override string Key => "explain";

        public override string Text => $"say why {What} is frozen in {Region}: {Why}";
    }

    public sealed record Thaw(string What, string Region, FreezeRecord Record) : FreezeStep(What, Region)
    {
        public override string Key => "thaw";

        public override string Text => $"lift the freeze of {What} in {Region} ({Record.Words})";
    }
}
