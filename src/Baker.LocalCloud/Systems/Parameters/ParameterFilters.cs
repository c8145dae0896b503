using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Parameters;

/// <summary>The filters of DescribeParameters.</summary>
internal static class ParameterFilters
{
    public static Func<ParameterRecord, bool> Test(ParameterStringFilter filter)
    {
        var values = filter.Values ?? [];
        bool Matches(string? text) => values.Exists(v => text is not null && filter.Option switch
        {
            "BeginsWith" => text.StartsWith(v, StringComparison.Ordinal),
            "Contains" => text.Contains(v, StringComparison.Ordinal),
            _ => text == v,
        });
        return filter.Key switch
        {
            "Name" => p => Matches(p.Name) || Matches(p.Name.TrimStart('/')),
            "Type" => p => Matches(p.Latest.Type),
            "Tier" => p => Matches(p.Latest.Tier),
            "KeyId" => p => Matches(p.Latest.KeyId),
            "DataType" => p => Matches(p.Latest.DataType),
            "Path" => p => values.Exists(v => p.Name.StartsWith(v.TrimEnd('/') + "/", StringComparison.Ordinal)
                && (filter.Option == "Recursive" || !p.Name[(v.TrimEnd('/').Length + 1)..].Contains('/'))),
            { } key when key.StartsWith("tag:", StringComparison.Ordinal) =>
                p => p.Tags.TryGetValue(key[4..], out var value) && (values.Count == 0 || Matches(value)),
            _ => throw new CloudException("InvalidFilterKey", $"The filter {filter.Key} is not valid."),
        };
    }
}
