namespace Baker.Core.Merging;

/// <summary>An address on an instance of a new image that must answer with a status from 200 to 399 (<c>verify_http</c>).</summary>
/// <param name="Timeout">How long that may take once the instance has booted.</param>
public sealed record HttpCheck(int Port, string Path, TimeSpan Timeout);
