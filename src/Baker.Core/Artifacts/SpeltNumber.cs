namespace Baker.Core.Artifacts;

/// <summary>A number that no type holds exactly, as the manifest spells it.</summary>
internal sealed record SpeltNumber(string Spelling)
{
    public override string ToString() => Spelling;
}
