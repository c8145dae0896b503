namespace Baker.Cli.Completing;

/// <summary>A word that may stand there, and what it is.</summary>
internal readonly record struct Candidate(string Word, string Text = "");
