using System.Globalization;

namespace Baker.LocalCloud.Protocol;

/// <summary>The parameters of a query request as the tree that the dots in their names spell.</summary>
internal sealed class Parameter
{
    // The deepest that a shape of these services goes is half as deep.
    private const int DeepestName = 32;

    private readonly Parameter? _parent;
    private readonly string _name;
    private Dictionary<string, Parameter>? _children;
    private bool _read;

    private Parameter(Parameter? parent, string name) => (_parent, _name) = (parent, name);

    /// <summary>The name as the request has it: <c>Filter.1.Value.2</c>.</summary>
    public string Path => _parent is null or { _parent: null } ? _name : $"{_parent.Path}.{_name}";

    public string? Text { get; private set; }

    public bool HasChildren => _children is not null;

    private IEnumerable<KeyValuePair<string, Parameter>> Children => _children ?? [];

    /// <exception cref="WireException">A name has more parts than any parameter has.</exception>
    public static Parameter Tree(IEnumerable<(string Name, string Value)> parameters, string malformed)
    {
        var root = new Parameter(null, "");
        foreach (var (name, value) in parameters)
        {
            var at = root;
            var depth = 0;
            foreach (var part in name.AsSpan().Split('.'))
            {
                at = ++depth <= DeepestName
                    ? at.Make(name[part])
                    : throw new WireException(malformed, $"The parameter {at.Path}... is not recognized");
            }

            at.Text = value;
        }

        return root;
    }

    /// <summary>The parameter under a name, counted as known from now on.</summary>
    public Parameter? Take(string name)
    {
        if (_children?.GetValueOrDefault(name) is not { } found)
        {
            return null;
        }

        found._read = true;
        return found;
    }

    public bool Has(string name) => _children?.ContainsKey(name) == true;

    /// <summary>The text under a name, which stays as unknown as it was; null where there is none.</summary>
    public string? Peek(string name) => _children?.GetValueOrDefault(name)?.Text;

    /// <summary>The items of a list, in the order of their numbers.</summary>
    public IEnumerable<Parameter> Items()
    {
        foreach (var (_, child) in Children.Where(each => Number(each.Key) >= 0).OrderBy(each => Number(each.Key)))
        {
            child._read = true;
            yield return child;
        }
    }

    /// <summary>The first parameter that nothing took, or null.</summary>
    public string? Unknown()
    {
        foreach (var (_, child) in Children)
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
        _children ??= new Dictionary<string, Parameter>(StringComparer.Ordinal);
        if (!_children.TryGetValue(name, out var child))
        {
            _children.Add(name, child = new Parameter(this, name));
        }

        return child;
    }

    private static int Number(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
