using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>A group with what it inherits, still in the manifest's own spelling. Attributes are in document order, the base's first;
/// a <c>null</c> removes what it would inherit.</summary>
public sealed class MergedGroup
{
    private readonly List<MergedAttribute> _attributes = [];

    public GroupName Name => Entry.Name;

    public GroupEntry Entry { get; private set; } = new(default, 0, 0, 0);

    /// <summary>The environment whose layers are in it; null where it is the group without one.</summary>
    public ManifestEnvironment? Environment { get; private set; }

    public IReadOnlyList<MergedAttribute> Attributes => _attributes;

    /// <summary>The attribute that names the image to start from; null where there is none.</summary>
    public MergedAttribute? Source =>
        Find("source_ami"u8) ?? Find("source_ami_filter"u8) ?? Find("source_ami_parameter"u8) ?? Find("source_group"u8);

    public MergedAttribute? Find(ReadOnlySpan<byte> name)
    {
        foreach (var attribute in _attributes)
        {
            if (attribute.Name.TextEquals(name))
            {
                return attribute;
            }
        }

        return null;
    }

    /// <summary>How the manifest's reader would find what a layer says: <c>__base__</c>, <c>www</c>, <c>staging.www</c>.</summary>
    public string NameOf(Layer layer) => layer switch
    {
        Layer.Settings => "__settings__",
        Layer.Base => "__base__",
        Layer.Group => Name,
        Layer.EnvironmentBase => $"{Environment?.Name}.__base__",
        _ => $"{Environment?.Name}.{Name}",
    };

    internal void Fill(GroupEntry entry, NodeManifest manifest, ManifestValue upper, ManifestEnvironment? environment = null)
    {
        Entry = entry;
        Environment = environment;
        _attributes.Clear();
        Lay(manifest.Base, Layer.Base);
        Lay(upper, Layer.Group);
        if (environment is not null)
        {
            Lay(environment.Base, Layer.EnvironmentBase);
            Lay(environment.Find(entry.Name), Layer.EnvironmentGroup);
        }

        _attributes.RemoveAll(static attribute => attribute.Kind == ValueKind.Null);
        if (manifest.Settings.Catalog.Recipes is { } recipes && MergedServices.HaveChefRun(this))
        {
            LayBelow(MergedServices.Lacking(this, recipes));
        }
    }

    /// <summary>Puts lists below those that are there, the first of them lowest.</summary>
    private void LayBelow(IReadOnlyList<(ManifestValue Attribute, ManifestValue List)> lists)
    {
        foreach (var (name, list) in lists.Reverse())
        {
            var index = IndexOf(name, _attributes.Count);
            if (index < 0)
            {
                _attributes.Add(new MergedAttribute(name, list, Layer.Settings, null));
            }
            else
            {
                _attributes[index] = _attributes[index].Over(list, Layer.Settings);
            }
        }
    }

    private void Lay(ManifestValue? layer, Layer which)
    {
        if (layer is not { } found)
        {
            return;
        }

        var inherited = _attributes.Count;
        foreach (var (name, value) in found.Properties)
        {
            var index = IndexOf(name, inherited);
            if (index < 0)
            {
                _attributes.Add(new MergedAttribute(name, value, which, null));
            }
            else
            {
                _attributes[index] = _attributes[index].With(value, which);
            }
        }
    }

    private int IndexOf(ManifestValue name, int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (_attributes[index].Name.TextEquals(name))
            {
                return index;
            }
        }

        return -1;
    }
}
