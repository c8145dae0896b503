namespace Baker.Cli.Sessions;

/// <summary>What a line means, where colours show it.</summary>
internal enum Tint
{
    Good,
    Warning,
    Bad,
}
