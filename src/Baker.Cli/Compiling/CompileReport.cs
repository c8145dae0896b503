namespace Baker.Cli.Compiling;

/// <summary>What a compile did, or under <see cref="CompileMode.Look"/> would do; paths relative to the project's folder.</summary>
internal sealed record CompileReport(
    IReadOnlyList<string> Created,
    IReadOnlyList<string> Changed,
    int Unchanged,
    IReadOnlyList<string> Orphaned)
{
    public bool IsStale => Created.Count + Changed.Count > 0;

    public void Print(TextWriter output, bool written)
    {
        foreach (var path in Created)
        {
            output.WriteLine($"{(written ? "created" : "would create")} {path}");
        }

        foreach (var path in Changed)
        {
            output.WriteLine($"{(written ? "changed" : "would change")} {path}");
        }

        foreach (var path in Orphaned)
        {
            output.WriteLine($"orphaned {path}");
        }

        output.WriteLine(
            $"{Created.Count} created, {Changed.Count} changed, {Unchanged} unchanged, "
                + $"{Orphaned.Count} orphaned{(written ? "" : " (nothing was written)")}");
    }
}
