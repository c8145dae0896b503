using Baker.Cli.Sessions;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Compiling;

/// <summary>What a compile did, or under <see cref="CompileMode.Look"/> would do; paths relative to the project's folder.</summary>
internal sealed record CompileReport(
    IReadOnlyList<string> Created,
    IReadOnlyList<string> Changed,
    int Unchanged,
    IReadOnlyList<string> Orphaned)
{
    public bool IsStale => Created.Count + Changed.Count > 0;

    public CompileReport With(CompileReport other) => new(
        [.. Created, .. other.Created],
        [.. Changed, .. other.Changed],
        Unchanged + other.Unchanged,
        [.. Orphaned, .. other.Orphaned]);

    /// <summary>What a command that only creates says where something differs.</summary>
    public BakerException Refusal()
    {
        var named = string.Join(", ", Changed.Take(5));
        var more = Changed.Count > 5 ? $" and {Changed.Count - 5} more" : "";
        var differ = Changed.Count == 1 ? "exists and differs" : "exist and differ";
        return new BakerException(
            ExitCode.BadInput,
            $"{named}{more} {differ} from what the manifest says; nothing was written.",
            "Write over with --force, or let the update command rewrite what changed.");
    }

    public void Print(TextWriter output, bool written, bool json)
    {
        if (json)
        {
            output.WriteLine(new JObject
            {
                ["dry_run"] = !written,
                ["created"] = new JArray(Created),
                ["changed"] = new JArray(Changed),
                ["unchanged"] = Unchanged,
                ["orphaned"] = new JArray(Orphaned),
            }.Indented());
            return;
        }

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
