namespace Baker.Cli.Installing;

/// <summary>The two forms that <c>package</c> is built in.</summary>
internal enum ProgramForm
{
    /// <summary>One executable of machine code, which needs nothing beside it.</summary>
    Native,

    /// <summary>Assemblies with machine code in them; the .NET runtime runs them.</summary>
    ReadyToRun,
}
