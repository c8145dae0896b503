using System.Buffers;

namespace Baker.LocalCloud.Protocol;

/// <summary>
/// The bytes of a response, in pieces. A listing of a thousand instances is some megabytes: in one array it would be made
/// anew, and collected, with each call. Whoever has sent it disposes of it, and the pieces are used again.
/// </summary>
internal sealed class ReplyBytes : IDisposable
{
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private readonly List<byte[]> _rented = [];

    public ReplyBytes(byte[] bytes) => Add(bytes);

    private ReplyBytes()
    {
    }

    public int Length { get; private set; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces => _pieces;

    public static ReplyBytes OfPieces() => new();

    /// <summary>Takes a piece over that was rented from the shared pool, with so much written in it.</summary>
    public void AddRented(byte[] piece, int length)
    {
        _rented.Add(piece);
        Add(piece.AsMemory(0, length));
    }

    public byte[] ToArray()
    {
        var whole = GC.AllocateUninitializedArray<byte>(Length);
        var at = 0;
        foreach (var piece in _pieces)
        {
            piece.Span.CopyTo(whole.AsSpan(at));
            at += piece.Length;
        }

        return whole;
    }

    public void Dispose()
    {
        _rented.ForEach(piece => ArrayPool<byte>.Shared.Return(piece));
        _rented.Clear();
        _pieces.Clear();
    }

    private void Add(ReadOnlyMemory<byte> piece)
    {
        _pieces.Add(piece);
        Length += piece.Length;
    }
}
