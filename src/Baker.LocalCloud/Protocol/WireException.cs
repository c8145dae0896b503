namespace Baker.LocalCloud.Protocol;

/// <summary>A request that does not follow its protocol, with the error code that AWS answers.</summary>
public sealed class WireException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
