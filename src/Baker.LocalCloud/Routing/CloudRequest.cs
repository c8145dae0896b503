using System.Text;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Routing;

/// <summary>An HTTP request, whichever way it came.</summary>
/// <param name="Path">As it was sent, escapes included, without the query.</param>
/// <param name="Query">What follows the question mark, without it.</param>
internal sealed record CloudRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    private const int LargestBeginning = 64 * 1024;

    public string? this[string header] => Headers.GetValueOrDefault(header);

    /// <summary>The service that it is for where no signature says it, as <see cref="WireCall.ServiceOf"/> tells it.</summary>
    public string? ServiceByProtocol()
    {
        var body = Body.Length > 0 ? Body.AsMemory(0, Math.Min(Body.Length, LargestBeginning)) : Encoding.UTF8.GetBytes(Query);
        return WireCall.ServiceOf(Path, this["X-Amz-Target"], body);
    }
}
