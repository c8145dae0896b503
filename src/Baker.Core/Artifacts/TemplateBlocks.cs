using Baker.Core.Manifest;
using Scriban.Parsing;

namespace Baker.Core.Artifacts;

/// <summary>Finds what is never closed where it opens, and what closes nothing: Scriban tells of the first at the end of the file, if at
/// all.</summary>
internal static class TemplateBlocks
{
    public static (Position Place, string Message, string Remedy)? Check(string text)
    {
        var open = new Stack<(string Word, Position Place)>();
        (Position Place, bool Inside) code = default;
        var starts = false;
        var braces = 0; // of objects, in which a name is no statement
        foreach (var token in new Lexer(text))
        {
            switch (token.Type)
            {
                case TokenType.CodeEnter:
                    (code, starts, braces) = ((PositionOf(token), true), true, 0);
                    break;
                case TokenType.CodeExit:
                    code = default;
                    break;
                case TokenType.NewLine or TokenType.SemiColon:
                    starts = code.Inside && braces == 0;
                    break;
                case TokenType.OpenBrace:
                    (starts, braces) = (false, braces + 1);
                    break;
                case TokenType.CloseBrace:
                    (starts, braces) = (false, braces - 1);
                    break;
                case TokenType.Identifier or TokenType.IdentifierSpecial:
                    var word = token.GetText(text);
                    if (starts && word == "end" && !open.TryPop(out _))
                    {
                        return (PositionOf(token), "This end closes nothing.", "Remove it, or write the if or for that it belongs to.");
                    }

                    if (word == "do"
                        || (starts && word is "if" or "for" or "while" or "with" or "case" or "func" or "capture" or "wrap" or "tablerow"))
                    {
                        open.Push((word, PositionOf(token)));
                    }

                    starts = false;
                    break;
                case TokenType.Whitespace or TokenType.WhitespaceFull or TokenType.Comment or TokenType.CommentMulti or TokenType.Raw:
                    break;
                default:
                    starts = false;
                    break;
            }
        }

        return code.Inside ? (
            code.Place,
            "This {{ is never closed.",
            "Close it with }}, and every text in it with the quote that it begins with.")
            : open.TryPop(out var unclosed) ? (unclosed.Place, $"This {unclosed.Word} has no end.", "Close it with {{ end }}.")
            : null;
    }

    private static Position PositionOf(Token token) => new(token.Start.Line + 1, token.Start.Column + 1);
}
