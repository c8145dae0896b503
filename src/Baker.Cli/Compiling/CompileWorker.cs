using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Compiling;

/// <summary>What one thread of a compile works with, reused from group to group.</summary>
internal sealed class CompileWorker(NodeManifest manifest)
{
    private const int SlabSize = 1 << 18;

    private byte[] _old = [];
    private byte[] _slab = [];
    private int _used;

    public GroupReader Reader { get; } = new(manifest);

    public ArtifactBuffer Output { get; } = new();

    /// <summary>Copies what was rendered to where it stays.</summary>
    public ReadOnlyMemory<byte> Keep()
    {
        var bytes = Output.Written;
        if (_slab.Length - _used < bytes.Length)
        {
            _slab = GC.AllocateUninitializedArray<byte>(Math.Max(SlabSize, bytes.Length));
            _used = 0;
        }

        bytes.CopyTo(_slab.AsSpan(_used));
        _used += bytes.Length;
        return _slab.AsMemory(_used - bytes.Length, bytes.Length);
    }

    /// <summary>The first bytes of a file, valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadOld(string path, long length)
    {
        if (_old.Length < length)
        {
            _old = new byte[Math.Max(length, 16384)];
        }

        try
        {
            using var handle = File.OpenHandle(path);
            return _old.AsSpan(0, RandomAccess.Read(handle, _old.AsSpan(0, (int)length), 0));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{path} cannot be read: {error.Message}",
                "Give yourself read permission, or remove the file.",
                error);
        }
    }
}
