namespace Baker.Cli.Compiling;

/// <summary>What a compile does with what it finds.</summary>
internal enum CompileMode
{
    /// <summary>Writes what is missing; a file that differs is an error and nothing is written.</summary>
    Create,

    /// <summary>Writes what is missing, and leaves what differs as it is.</summary>
    Fill,

    /// <summary>Writes what is missing or differs.</summary>
    Update,

    /// <summary>Writes nothing.</summary>
    Look,
}
