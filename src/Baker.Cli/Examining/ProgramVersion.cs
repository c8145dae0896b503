using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Examining;

/// <summary>Which program this is.</summary>
internal sealed record ProgramVersion(string Version, string? Commit, string Runtime, bool IsNative)
{
    public static ProgramVersion OfThis()
    {
        var whole = typeof(ProgramVersion).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var at = whole.IndexOf('+', StringComparison.Ordinal);
        return new ProgramVersion(
            at < 0 ? whole : whole[..at],
            at < 0 ? null : whole[(at + 1)..],
            RuntimeInformation.FrameworkDescription,
            !RuntimeFeature.IsDynamicCodeSupported);
    }

    /// <summary>A line for people.</summary>
    public string Text =>
        $"package {Version} ({(Commit is null ? "built without its commit" : $"commit {Commit}")}), {Form}, {Runtime}, "
            + RuntimeInformation.RuntimeIdentifier;

    public JObject ToJson() => new()
    {
        ["version"] = Version,
        ["commit"] = Commit,
        ["dotnet"] = Runtime,
        ["native"] = IsNative,
        ["platform"] = RuntimeInformation.RuntimeIdentifier,
    };

    private string Form => IsNative ? "native" : "not native";
}
