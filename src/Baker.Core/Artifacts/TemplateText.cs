using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>What the template functions <c>json</c> and <c>hcl</c> write: any value of a template, on one line.</summary>
internal sealed class TemplateText
{
    /// <summary>Deeper than any manifest may be; a value that contains itself is.</summary>
    private const int MaxDepth = 80;

    private readonly string _colon;
    private readonly Func<StringBuilder, string, bool> _appendQuoted;

    private TemplateText(string colon, Func<StringBuilder, string, bool> appendQuoted)
    {
        _colon = colon;
        _appendQuoted = appendQuoted;
    }

    public static TemplateText Json { get; } = new(": ", static (json, text) =>
    {
        StringEscapes.AppendQuoted(json, text);
        return true;
    });

    public static TemplateText Hcl { get; } = new(" = ", HclEscapes.TryAppendQuoted);

    /// <summary>A text, number or truth value as a template writes it; null when it is none of these.</summary>
    public static string? Scalar(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        int or long or decimal or BigInteger => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        double number when double.IsFinite(number) => number.ToString("R", CultureInfo.InvariantCulture),
        float number when float.IsFinite(number) => number.ToString("R", CultureInfo.InvariantCulture),
        SpeltNumber number => number.Spelling,
        _ => null,
    };

    public string Of(TemplateCall call)
    {
        var text = new StringBuilder();
        Append(text, call.Arguments[0], call, 0);
        return text.ToString();
    }

    private void Append(StringBuilder text, object? value, TemplateCall call, int depth)
    {
        if (depth > MaxDepth || text.Length > TemplateLimits.Text)
        {
            throw call.Wrong("takes no value that is this large, or contains itself.");
        }

        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string quoted:
                AppendQuoted(text, quoted, call);
                break;
            case IDictionary<string, object?> properties:
                Join(text, '{', '}', properties, property =>
                {
                    AppendQuoted(text, property.Key, call);
                    text.Append(_colon);
                    Append(text, property.Value, call, depth + 1);
                });
                break;
            case IEnumerable items:
                Join(text, '[', ']', items.Cast<object?>(), item => Append(text, item, call, depth + 1));
                break;
            default:
                text.Append(Scalar(value) ?? throw call.Wrong("takes texts, numbers, lists and objects; this is none of them."));
                break;
        }
    }

    private void AppendQuoted(StringBuilder text, string quoted, TemplateCall call)
    {
        if (!_appendQuoted(text, quoted))
        {
            throw new TemplateMistake(
                call.Place,
                $"{Quoting.Quote(quoted)} holds half a character (a lone surrogate), which HCL cannot.",
                "Correct the text in the manifest.");
        }
    }

    private static void Join<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            text.Append(separator);
            append(item);
            separator = ", ";
        }

        text.Append(close);
    }
}
