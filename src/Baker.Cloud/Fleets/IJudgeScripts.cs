namespace Baker.Cloud.Fleets;

/// <summary>Runs a script of the project, here, that judges a fleet.</summary>
public interface IJudgeScripts
{
    /// <returns>Its exit code, null where it could not be run or took too long, and the end of what it printed, or why.</returns>
    Task<(int? Code, string Text)> RunAsync(string script, IReadOnlyDictionary<string, string> variables, CancellationToken stop);
}
