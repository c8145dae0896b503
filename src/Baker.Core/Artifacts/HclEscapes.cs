using System.Globalization;
using System.Text;

namespace Baker.Core.Artifacts;

/// <summary>Texts in quotes as HCL reads them: fewer escapes than JSON, and <c>${</c> and <c>%{</c> would begin a template.</summary>
internal static class HclEscapes
{
    /// <summary>False for a text with a lone surrogate: HCL has no way to write one.</summary>
    public static bool TryAppendQuoted(StringBuilder hcl, string text)
    {
        hcl.Append('"');
        for (var at = 0; at < text.Length; at++)
        {
            var value = text[at];
            var next = at + 1 < text.Length ? text[at + 1] : '\0';
            switch (value)
            {
                case '"': hcl.Append("\\\""); break;
                case '\\': hcl.Append("\\\\"); break;
                case '\n': hcl.Append("\\n"); break;
                case '\r': hcl.Append("\\r"); break;
                case '\t': hcl.Append("\\t"); break;
                case '$' or '%' when next == '{': hcl.Append(value).Append(value); break;
                case < ' ' or '\u007f': hcl.Append(CultureInfo.InvariantCulture, $"\\u{(int)value:x4}"); break;
                case var _ when char.IsHighSurrogate(value) && char.IsLowSurrogate(next):
                    hcl.Append(value).Append(next);
                    at++;
                    break;
                case var _ when char.IsSurrogate(value): return false;
                default: hcl.Append(value); break;
            }
        }

        hcl.Append('"');
        return true;
    }
}
