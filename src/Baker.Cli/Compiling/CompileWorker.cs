using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cli.Compiling;

/// <summary>What one thread of a compile works with, reused from group to group.</summary>
internal sealed class CompileWorker(NodeManifest manifest)
{
    private byte[] _old = new byte[16384];

    public GroupReader Reader { get; } = new(manifest);

    public ArtifactBuffer Output { get; } = new();

    /// <summary>The first bytes of a file, valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadOld(string path, long length)
    {
        if (_old.Length < length)
        {
            _old = new byte[length];
        }

        try
        {
            using var handle = File.OpenHandle(path);
            return _old.AsSpan(0, RandomAccess.Read(handle, _old.AsSpan(0, (int)length), 0));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(ExitCode.BadInput, $"{path} cannot be read: {error.Message}", "Give yourself read permission, or remove the file.", error);
        }
    }
}
