namespace Baker.LocalCloud.Routing;

/// <summary>An HTTP request, whichever way it came.</summary>
/// <param name="Path">As it was sent, escapes included, without the query.</param>
/// <param name="Query">What follows the question mark, without it.</param>
internal sealed record CloudRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}
