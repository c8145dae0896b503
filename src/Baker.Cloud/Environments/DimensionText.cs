namespace Baker.Cloud.Environments;

/// <summary>Dimensions as a resource's value has them: <c>Name=value, Name=value</c>.</summary>
internal static class DimensionText
{
    public static IEnumerable<(string Name, string Value)> Split(string dimensions) => dimensions
        .Split(", ", StringSplitOptions.RemoveEmptyEntries)
        .Select(each => (each[..each.IndexOf('=')], each[(each.IndexOf('=') + 1)..]));
}
