using System.IO.Hashing;

namespace Baker.Core.Artifacts;

/// <summary>A fast 64-bit hash that tells whether inputs changed since the last compile. Not for anything an attacker may choose.</summary>
public static class ContentHash
{
    // XxHash3 is faster once it is warm, but a ReadyToRun program must compile its vector code first, which takes longer than it saves.
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0) => XxHash64.HashToUInt64(bytes, unchecked((long)seed));
}
