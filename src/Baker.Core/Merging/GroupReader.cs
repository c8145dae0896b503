using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Reads groups one after the other onto one tape; a thread that compiles has its own.</summary>
public sealed class GroupReader
{
    private readonly NodeManifest _manifest;
    private readonly ValueTape _tape;
    private readonly MergedGroup _merged = new();

    public GroupReader(NodeManifest manifest)
    {
        _manifest = manifest;
        _tape = new ValueTape(manifest.Source);
    }

    /// <summary>
    /// The merged group, valid until the next call; null when its syntax or type is wrong, which is then among the
    /// diagnostics.
    /// </summary>
    public MergedGroup? Read(GroupEntry entry, DiagnosticBag diagnostics)
    {
        _tape.Clear();
        if (ValueParser.Parse(_tape, entry.Start, entry.End, diagnostics) is not { } value
            || !GroupChecks.CheckLayer(entry.Name, value, diagnostics))
        {
            return null;
        }

        _merged.Fill(entry, _manifest.Base, value);
        MergedChecks.Check(_merged, diagnostics);
        AncestryChecks.Check(_merged, _manifest, diagnostics);
        return _merged;
    }

    /// <summary>A group that stays valid, and what is wrong with it.</summary>
    public static MergedGroup? ReadOne(NodeManifest manifest, GroupEntry entry, DiagnosticBag diagnostics) =>
        new GroupReader(manifest).Read(entry, diagnostics);
}
