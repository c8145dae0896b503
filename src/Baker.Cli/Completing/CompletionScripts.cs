namespace Baker.Cli.Completing;

/// <summary>What each shell evaluates once, so that it asks <c>package complete</c> afterwards.</summary>
internal static class CompletionScripts
{
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "powershell"];

    public static string Of(string shell)
    {
        using var stream = typeof(CompletionScripts).Assembly.GetManifestResourceStream("completion." + shell)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
