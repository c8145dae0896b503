using System.Globalization;

namespace Baker.LocalCloud.Protocol;

/// <summary>The parameters of a query request as the tree that the dots in their names spell.</summary>
internal sealed class Parameter(string path)
{
    private readonly Dictionary<string, Parameter> _children = new(StringComparer.Ordinal);
    private bool _read;

    /// <summary>The name as the request has it: <c>Filter.1.Value.2</c>.</summary>
    public string Path => path;

    public string? Text { get; private set; }

    public bool HasChildren => _children.Count > 0;

    public static Parameter Tree(IEnumerable<(string Name, string Value)> parameters)
    {
        var root = new Parameter("");
        foreach (var (name, value) in parameters)
        {
            var at = root;
            foreach (var part in name.Split('.'))
            {
                at = at.Make(part);
            }

            at.Text = value;
        }

        return root;
    }

    /// <summary>The parameter under a name, counted as known from now on.</summary>
    public Parameter? Take(string name)
    {
        if (_children.GetValueOrDefault(name) is not { } found)
        {
            return null;
        }

        found._read = true;
        return found;
    }

    public bool Has(string name) => _children.ContainsKey(name);

    /// <summary>The items of a list, in the order of their numbers.</summary>
    public IEnumerable<Parameter> Items()
    {
        foreach (var (_, child) in _children.Where(each => Number(each.Key) >= 0).OrderBy(each => Number(each.Key)))
        {
            child._read = true;
            yield return child;
        }
    }

    /// <summary>The first parameter that nothing took, or null.</summary>
    public string? Unknown()
    {
        foreach (var child in _children.Values)
        {
            if (!child._read)
            {
                return child.Path;
            }

            if (child.Unknown() is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }

    private Parameter Make(string name)
    {
        if (!_children.TryGetValue(name, out var child))
        {
            _children.Add(name, child = new Parameter(path.Length == 0 ? name : $"{path}.{name}"));
        }

        return child;
    }

    private static int Number(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
