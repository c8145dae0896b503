namespace Baker.Core.Imports;

/// <summary>One value of what is imported, and what became of it.</summary>
/// <param name="Place">Where it stands: a file and line, or the thing on the cloud.</param>
/// <param name="Name">The value, as the place calls it.</param>
/// <param name="Text">Where in the manifest it is now, or why it is not and what to do.</param>
public sealed record ImportNote(string Place, string Name, string Text);
