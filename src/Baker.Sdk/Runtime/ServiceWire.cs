using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Baker.Sdk.Runtime;

/// <summary>How a service is spoken to, and how its errors become exceptions.</summary>
internal sealed record ServiceWire(
    string ServiceId,
    string Version,
    Func<ErrorResponse, Exception, HttpStatusCode, AmazonServiceException> Error) : IServiceMetadata
{
    public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
}
