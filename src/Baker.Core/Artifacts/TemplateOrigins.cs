using System.Text;
using Baker.Core.Manifest;
using Scriban.Parsing;

namespace Baker.Core.Artifacts;

/// <summary>The way back from what was rendered to the template: which part of it wrote which bytes.</summary>
internal sealed class TemplateOrigins
{
    private readonly List<(int At, int? Offset, SourceSpan Span)> _pieces = [];

    /// <param name="at">The first rendered byte of the piece.</param>
    /// <param name="offset">Where in the template the piece stands word for word; null for what an expression wrote.</param>
    public void Add(int at, int? offset, SourceSpan span) => _pieces.Add((at, offset, span));

    /// <summary>The place in the template that wrote the character at that place of what was rendered.</summary>
    public Position Of(Position rendered, ReadOnlySpan<byte> bytes, string template)
    {
        var target = OffsetOf(rendered, bytes);
        var piece = _pieces.FindLastIndex(piece => piece.At <= target);
        if (piece < 0)
        {
            return new Position(1, 1);
        }

        var (at, offset, span) = _pieces[piece];
        return offset is { } start
            ? PositionOf(template, start + Encoding.UTF8.GetCharCount(bytes[at..target]))
            : new Position(span.Start.Line + 1, span.Start.Column + 1);
    }

    private static int OffsetOf(Position position, ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        for (var line = 1; line < position.Line; line++)
        {
            at += bytes[at..].IndexOf((byte)'\n') + 1;
        }

        for (var column = 1; column < position.Column && at < bytes.Length;)
        {
            Rune.DecodeFromUtf8(bytes[at..], out var rune, out var length);
            column += rune.Utf16SequenceLength;
            at += length;
        }

        return at;
    }

    private static Position PositionOf(string text, int offset)
    {
        var before = text.AsSpan(0, Math.Min(offset, text.Length));
        return new Position(before.Count('\n') + 1, offset - before.LastIndexOf('\n'));
    }
}
