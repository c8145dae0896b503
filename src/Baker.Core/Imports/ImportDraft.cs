using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Imports;

/// <summary>A group while it is imported: a value gets in where the manifest's own rules take it, and is listed either way.</summary>
public sealed class ImportDraft(GroupName group)
{
    private readonly List<ImportNote> _carried = [];
    private readonly List<ImportNote> _left = [];
    private readonly List<ImportedFile> _files = [];

    public GroupName Group { get; } = group;

    public JObject Attributes { get; } = [];

    public IReadOnlyList<ImportNote> Carried => _carried;

    public IReadOnlyList<ImportNote> Left => _left;

    public IReadOnlyList<ImportedFile> Files => _files;

    /// <summary>Puts a value into the group, unless the manifest would refuse it there.</summary>
    /// <param name="inside">The part of the attribute that the value becomes, where that is an object; null for the whole.</param>
    /// <returns>Whether it is in the group.</returns>
    public bool Carry(string attribute, JToken value, string place, string name, string? inside = null)
    {
        var whole = value;
        if (inside is not null)
        {
            whole = new JObject((Attributes[attribute] as JObject)?.Properties() ?? []) { [inside] = value };
        }

        if (Refusal(attribute, whole) is { } why)
        {
            Leave(place, name, $"the manifest does not take it as {attribute}: {why}");
            return false;
        }

        Attributes[attribute] = whole;
        _carried.Add(new ImportNote(place, name, $"{Group}: {attribute}{(inside is null ? "" : $".{inside}")}"));
        return true;
    }

    /// <summary>Puts more into a list of the group.</summary>
    public void Append(string attribute, IEnumerable<JToken> items, string place, string name)
    {
        var list = new JArray((Attributes[attribute] as JArray)?.Children() ?? []);
        foreach (var item in items)
        {
            list.Add(item);
        }

        Carry(attribute, list, place, name);
    }

    /// <summary>Puts into a list of the group what is not in it yet.</summary>
    public void AppendNew(string attribute, IEnumerable<JToken> items, string place, string name)
    {
        var before = (Attributes[attribute] as JArray)?.Children() ?? [];
        Append(attribute, items.Distinct(JToken.EqualityComparer).Except(before, JToken.EqualityComparer), place, name);
    }

    /// <summary>Says what has become of the name that the group would have, where no group can have it.</summary>
    public void CarryName(string place, string name)
    {
        if (!GroupName.IsOne(name))
        {
            _carried.Add(new ImportNote(place, "name", $"{Group}: no group can be called {Quoting.Quote(name)}; --name chooses another"));
        }
    }

    public void Leave(string place, string name, string why) => _left.Add(new ImportNote(place, name, why));

    /// <summary>Lists what is in the manifest now, beside the group.</summary>
    public void Note(string place, string name, string where) => _carried.Add(new ImportNote(place, name, where));

    /// <summary>A file that the group needs.</summary>
    public void Add(string path, ReadOnlyMemory<byte> content) => _files.Add(new ImportedFile(path, content));

    private string? Refusal(string attribute, JToken value)
    {
        var text = new JObject { [Group] = new JObject { [attribute] = value } }.ToString(Formatting.None);
        var manifest = ManifestReader.Read(new SourceText("import", Encoding.UTF8.GetBytes(text)));
        var diagnostics = new DiagnosticBag(manifest.Source);
        var tape = new ValueTape(manifest.Source);
        if (manifest.Find(Group) is { } entry && ValueParser.Parse(tape, entry.Start, entry.End, diagnostics) is { } layer)
        {
            GroupChecks.CheckLayer(Group, layer, diagnostics);
            if (attribute is "tags" or "snapshot_tags")
            {
                new GroupReader(manifest).Read(entry, diagnostics);
            }
        }

        return manifest.Diagnostics.Concat(diagnostics.All)
            .FirstOrDefault(each => each.Severity == Severity.Error || each.Code == DiagnosticCode.UnknownAttribute) is { } found
            ? $"{found.Message} {found.Remedy}"
            : null;
    }
}
