namespace Baker.Cloud.Changes;

/// <summary>Something that is still on the cloud, and the command that removes it.</summary>
public sealed record Leftover(string What, string Command);
