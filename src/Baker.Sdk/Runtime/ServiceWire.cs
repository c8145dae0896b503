using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Baker.Sdk.Runtime;

/// <summary>How a service is spoken to, and how its errors become exceptions.</summary>
/// <param name="Target">What stands before the action in X-Amz-Target; null where the protocol is query.</param>
internal sealed record ServiceWire(
    string ServiceId,
    string Version,
    string? Target,
    string JsonVersion,
    Func<ErrorResponse, Exception, HttpStatusCode, AmazonServiceException> Error) : IServiceMetadata
{
    public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
}
