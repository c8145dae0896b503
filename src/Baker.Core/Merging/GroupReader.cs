using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>Reads groups one after the other onto one tape; a thread that compiles has its own.</summary>
public sealed class GroupReader
{
    private readonly NodeManifest _manifest;
    private readonly ValueTape _tape;
    private readonly MergedGroup _merged = new();
    private readonly List<(ManifestEnvironment? Environment, MergedResources Resources)> _resources = [];

    public GroupReader(NodeManifest manifest)
    {
        _manifest = manifest;
        _tape = new ValueTape(manifest.Source);
    }

    /// <summary>
    /// The merged group, in the manifest's environment where it has a chosen one, valid until the next call; null when its
    /// syntax or type is wrong, which is then among the diagnostics.
    /// </summary>
    /// <param name="everywhere">Whether the group is checked in every environment as well.</param>
    public MergedGroup? Read(GroupEntry entry, DiagnosticBag diagnostics, bool everywhere = false)
    {
        _tape.Clear();
        if (ValueParser.Parse(_tape, entry.Start, entry.End, diagnostics) is not { } value
            || !GroupChecks.CheckLayer(entry.Name, value, diagnostics))
        {
            return null;
        }

        var chosen = _manifest.Environment is { } here && here.Has(entry.Name) ? here : null;
        if (everywhere && _manifest.Environments.Count > 0)
        {
            CheckElsewhere(entry, value, chosen, diagnostics);
        }

        Merge(entry, value, chosen, diagnostics);
        return _merged;
    }

    /// <summary>A group that stays valid, and what is wrong with it.</summary>
    public static MergedGroup? ReadOne(NodeManifest manifest, GroupEntry entry, DiagnosticBag diagnostics) =>
        new GroupReader(manifest).Read(entry, diagnostics);

    private void CheckElsewhere(GroupEntry entry, ManifestValue value, ManifestEnvironment? chosen, DiagnosticBag diagnostics)
    {
        foreach (var environment in _manifest.Environments.Where(each => each.Has(entry.Name)).Append(null))
        {
            if (environment != chosen)
            {
                Merge(entry, value, environment, diagnostics);
            }
        }
    }

    private void Merge(GroupEntry entry, ManifestValue value, ManifestEnvironment? environment, DiagnosticBag diagnostics)
    {
        _merged.Fill(entry, _manifest, value, environment);
        MergedChecks.Check(_merged, diagnostics);
        TagChecks.Check(_merged, _manifest.Settings, diagnostics);
        ServiceUseChecks.Check(_merged, _manifest.Settings, diagnostics);
        AncestryChecks.Check(_merged, _manifest, diagnostics);
        LinkChecks.Check(_merged, _manifest, () => ResourcesOf(environment), diagnostics);
    }

    private MergedResources ResourcesOf(ManifestEnvironment? environment)
    {
        var at = _resources.FindIndex(each => each.Environment == environment);
        if (at < 0)
        {
            at = _resources.Count;
            _resources.Add((environment, MergedResources.Of(_manifest, environment)));
        }

        return _resources[at].Resources;
    }
}
