using Amazon.Runtime;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>One operation: its names on the wire, and how its shapes are carried.</summary>
/// <param name="Wrapper">The element around a query response's members; a dash where it has none.</param>
/// <param name="Required">The members that a request must have, by their names on the wire.</param>
internal abstract record Operation(string Name, string Wrapper, string Required)
{
    public bool HasOutput => Wrapper != "-";

    public IEnumerable<string> RequiredNames => Required.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public abstract AmazonWebServiceRequest Read(ShapeCodec codec);

    public abstract void Write(ShapeCodec codec, AmazonWebServiceResponse response);
}
