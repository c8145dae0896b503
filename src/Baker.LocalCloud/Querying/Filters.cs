using Amazon.EC2.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Querying;

/// <summary>The filters that one Describe action knows, by name. A filter it does not know is refused, as EC2 does.</summary>
internal sealed class Filters<T>
{
    // EC2's own limits.
    private const int MostFilters = 50;
    private const int MostValues = 200;
    private const int LongestValue = 255;

    private const int MostPatterns = 200;

    private readonly Dictionary<string, Func<T, IEnumerable<string?>>> _known = new(StringComparer.Ordinal);
    private Func<T, IReadOnlyDictionary<string, string>>? _tags;

    public Filters<T> Add(string name, Func<T, string?> value)
    {
        _known[name] = item => [value(item)];
        return this;
    }

    public Filters<T> AddFlag(string name, Func<T, bool> value) => Add(name, item => value(item) ? "true" : "false");

    public Filters<T> AddMany(string name, Func<T, IEnumerable<string?>> values)
    {
        _known[name] = values;
        return this;
    }

    /// <summary>Knows <c>tag:KEY</c>, <c>tag-key</c> and <c>tag-value</c> as well.</summary>
    public Filters<T> AddTags(Func<T, IReadOnlyDictionary<string, string>> tags)
    {
        _tags = tags;
        AddMany("tag-key", item => tags(item).Keys);
        return AddMany("tag-value", item => tags(item).Values);
    }

    /// <exception cref="CloudException">A filter that the action does not know.</exception>
    public Func<T, bool> Compile(List<Filter>? filters)
    {
        if (filters is not { Count: > 0 })
        {
            return static _ => true;
        }

        // Of these EC2 is not known to have a limit; each is tried on all that there is, and others wait meanwhile.
        if (filters.Sum(filter => filter.Values?.Count(Wildcard.Is) ?? 0) > MostPatterns)
        {
            throw new CloudException("FilterLimitExceeded", $"The local cloud takes {MostPatterns} values with wildcards on a single call");
        }

        if (filters.Count > MostFilters || filters.Exists(filter => filter.Values?.Count > MostValues))
        {
            throw new CloudException(
                "FilterLimitExceeded",
                $"The maximum number of filters on a single call is {MostFilters}, and that of a filter's values {MostValues}");
        }

        var tests = filters.Select(CompileOne).ToArray();
        return item => Array.TrueForAll(tests, test => test(item));
    }

    /// <summary>Whether a text is one of these values: plain ones are looked up, and only patterns are tried one after the other.</summary>
    private static Func<string?, bool> Wanted(List<string> values)
    {
        if (values.Exists(value => value.Length > LongestValue))
        {
            throw new CloudException("InvalidParameterValue", $"A filter value has more than {LongestValue} characters");
        }

        var plain = values.Where(value => !Wildcard.Is(value)).ToHashSet(StringComparer.Ordinal);
        var patterns = values.Where(Wildcard.Is).Distinct(StringComparer.Ordinal).Select(value => new Wildcard(value)).ToArray();
        return text => text is not null && (plain.Contains(text) || Array.Exists(patterns, pattern => pattern.Matches(text)));
    }

    private Func<T, bool> CompileOne(Filter filter)
    {
        var name = filter.Name ?? throw CloudException.Missing("Filter.Name");
        var wanted = Wanted(filter.Values ?? []);
        if (_tags is not null && name.StartsWith("tag:", StringComparison.Ordinal))
        {
            var key = name["tag:".Length..];
            return item => _tags(item).TryGetValue(key, out var value) && wanted(value);
        }

        if (!_known.TryGetValue(name, out var values))
        {
            throw new CloudException("InvalidParameterValue", $"The filter '{name}' is invalid");
        }

        return item => values(item).Any(wanted);
    }
}
