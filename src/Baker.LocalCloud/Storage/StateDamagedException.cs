using System.Runtime.InteropServices;

namespace Baker.LocalCloud.Storage;

/// <summary>The journal was changed by something other than the local cloud.</summary>
public sealed class StateDamagedException(string path, long offset, Exception cause)
    : Exception($"{path} is damaged at byte {offset}; remove it with package local:reset", cause)
{
    /// <param name="path">The journal.</param>
    /// <param name="value">A part of its bytes.</param>
    /// <param name="cause">What is wrong with that part.</param>
    internal static StateDamagedException At(string path, ReadOnlyMemory<byte> value, Exception cause) =>
        new(path, MemoryMarshal.TryGetArray(value, out var part) ? part.Offset : 0, cause);
}
