namespace Baker.Cloud.Images;

/// <summary>One thing that is done with what a dead run left; its text is what a dry run prints and what the run says as it does it.</summary>
public sealed record Salvage(string Group, string Id, string Text)
{
    public override string ToString() => Group.Length == 0 ? Text : $"{Group}: {Text}";
}
