using System.Collections;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>All that a template can do beside Scriban's own statements and operators; there is no way to a file or the machine.</summary>
internal static class TemplateFunctions
{
    public static ScriptObject Of(PackerFormat format)
    {
        var functions = new ScriptObject
        {
            ["json"] = new TemplateFunction("json description", 1, call => TemplateText.Json.Of(call)),
            ["hcl"] = new TemplateFunction("hcl description", 1, call => TemplateText.Hcl.Of(call)),
            ["join"] = new TemplateFunction("join security_group_ids \",\"", 2, Join),
            ["packer"] = new TemplateFunction("packer \"timestamp\"", 1, call => $"{{{{{Expression(call)}}}}}"),
            ["user"] = new TemplateFunction("user \"endpoint\"", 1, call => format == PackerFormat.Json
                ? $"{{{{user `{Expression(call)}`}}}}"
                : throw new TemplateMistake(
                    call.Place,
                    "Packer's user variables are var.NAME in HCL2.",
                    $"Write var.{Expression(call)}, or ${{var.{Expression(call)}}} inside a text.")),
        };
        functions.IsReadOnly = true;
        return functions;
    }

    private static string Join(TemplateCall call) => call.Arguments[0] is IEnumerable items and not string
        && call.Arguments[1] is string separator
        ? string.Join(
            separator,
            items.Cast<object?>().Select(item => TemplateText.Scalar(item) ?? throw call.Wrong("takes a list of texts and numbers.")))
        : throw call.Wrong("takes a list and a text that stands between its items.");

    private static string Expression(TemplateCall call) => call.Arguments[0] is string { Length: > 0 } text
        && text.AsSpan().IndexOfAny('`', '\n') < 0
        && !text.Contains("}}", StringComparison.Ordinal)
        ? text
        : throw call.Wrong("takes a text in quotes, of one line and without backquotes.");
}
