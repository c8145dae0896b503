using System.Globalization;
using System.Text;

namespace Baker.Sdk.Generator.Models;

/// <summary>Reads JSON into dictionaries, lists, strings, booleans and numbers: a generator can bring no library along.</summary>
internal sealed class Json
{
    private readonly string _text;
    private int _at;

    private Json(string text) => _text = text;

    /// <summary>Parses one document; the objects of it keep their members in document order.</summary>
    public static JsonObject Parse(string text) => (JsonObject)new Json(text).Value()!;

    private object? Value()
    {
        switch (Next())
        {
            case '{': return Object();
            case '[': return Array();
            case '"': return String();
            default: return Literal();
        }
    }

    private JsonObject Object()
    {
        var members = new JsonObject();
        _at++;
        while (Next() != '}')
        {
            var name = String();
            Expect(':');
            members.Add(name, Value());
            Skip(',');
        }

        _at++;
        return members;
    }

    private List<object?> Array()
    {
        var items = new List<object?>();
        _at++;
        while (Next() != ']')
        {
            items.Add(Value());
            Skip(',');
        }

        _at++;
        return items;
    }

    private string String()
    {
        Expect('"');
        var text = new StringBuilder();
        while (_text[_at] != '"')
        {
            text.Append(_text[_at] == '\\' ? Escape() : _text[_at]);
            _at++;
        }

        _at++;
        return text.ToString();
    }

    private char Escape()
    {
        _at++;
        switch (_text[_at])
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'u':
                _at += 4;
                return (char)int.Parse(_text.Substring(_at - 3, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            default: return _text[_at];
        }
    }

    private object? Literal()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || "+-.".IndexOf(_text[_at]) >= 0))
        {
            _at++;
        }

        var word = _text.Substring(start, _at - start);
        return word switch
        {
            "true" => true,
            "false" => false,
            "null" => null,
            _ => double.Parse(word, CultureInfo.InvariantCulture),
        };
    }

    private char Next()
    {
        while (char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }

        return _text[_at];
    }

    private void Expect(char expected)
    {
        if (Next() != expected)
        {
            throw new FormatException($"Expected '{expected}' at character {_at} but found '{_text[_at]}'.");
        }

        _at++;
    }

    private void Skip(char optional)
    {
        if (Next() == optional)
        {
            _at++;
        }
    }
}
