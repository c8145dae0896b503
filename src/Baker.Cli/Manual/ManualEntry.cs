namespace Baker.Cli.Manual;

/// <summary>Something of a command, and what is said of it.</summary>
internal readonly record struct ManualEntry(string Term, string Text);
