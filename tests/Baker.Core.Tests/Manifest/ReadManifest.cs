using System.Text;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Manifest;

/// <summary>Reads a manifest's text whole, as the commands do.</summary>
internal sealed class ReadManifest
{
    public ReadManifest(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public ReadManifest(byte[] bytes)
    {
        var source = new SourceText("nodes.json", bytes);
        Manifest = ManifestReader.Read(source);
        var bag = new DiagnosticBag(source);
        foreach (var entry in Manifest.Groups)
        {
            new GroupReader(Manifest).Read(entry, bag, everywhere: true);
        }

        ResourceChecks.Check(Manifest, bag);
        ServiceGraphChecks.Check(Manifest, bag);
        Diagnostics = [.. Manifest.Diagnostics, .. bag.All];
    }

    /// <summary>Checks that a mistake is told where a § stands in the text; quotes are single.</summary>
    public static void AssertTold(string marked, string code, string message)
    {
        var at = marked.IndexOf('§', StringComparison.Ordinal);
        var read = new ReadManifest(marked.Remove(at, 1));
        Assert.That(
            read.Errors.Select(error => (error.Position.ToString(), error.Code, error.Message.Replace('"', '\''))),
            Has.Some.Matches<(string Position, string Code, string Message)>(error =>
                error.Position == $"1:{at + 1}" && error.Code == code && error.Message.Contains(message, StringComparison.Ordinal)),
            string.Join('\n', read.Diagnostics));
    }

    public NodeManifest Manifest { get; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    public IEnumerable<Diagnostic> Errors => Diagnostics.Where(diagnostic => diagnostic.Severity == Severity.Error);

    public MergedGroup Merged(string name) =>
        GroupReader.ReadOne(Manifest, Manifest.Groups.Single(group => group.Name == name), new DiagnosticBag(Manifest.Source))!;

    public MergedGroup Merged(string name, string environment)
    {
        var manifest = Manifest.In(Manifest.Environments.Single(each => each.Name == environment));
        return GroupReader.ReadOne(manifest, manifest.Groups.Single(group => group.Name == name), new DiagnosticBag(Manifest.Source))!;
    }

    public NodeGroup Group(string name) => NodeGroupBuilder.Build(Merged(name));
}
