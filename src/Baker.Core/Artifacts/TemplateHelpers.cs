using System.Collections;
using System.Globalization;
using HandlebarsDotNet;

namespace Baker.Core.Artifacts;

/// <summary>The helpers of Packer templates, beside Handlebars' own.</summary>
internal static class TemplateHelpers
{
    public static void Register(IHandlebars handlebars)
    {
        handlebars.RegisterHelper("json", (output, _, arguments) => output.WriteSafeString(ValueJson.Of(One("json", arguments))));
        handlebars.RegisterHelper("isnull", (in HelperOptions _, in Context _, in Arguments arguments) => One("isnull", arguments) is null);
        handlebars.RegisterHelper("join", (in HelperOptions _, in Context _, in Arguments arguments) =>
        {
            if (arguments.Length != 2 || Known(arguments[0]) is not IEnumerable items || arguments[0] is string)
            {
                throw new HandlebarsException("The helper join takes a list and a separator.");
            }

            return string.Join(Known(arguments[1])?.ToString(), items.Cast<object?>().Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
        });
    }

    private static object? One(string helper, in Arguments arguments) => arguments.Length == 1
        ? Known(arguments[0])
        : throw new HandlebarsException($"The helper {helper} takes one value, not {arguments.Length}.");

    private static object? Known(object? value) => value is UndefinedBindingResult undefined
        ? throw new HandlebarsException($"{undefined.Value} is undefined")
        : value;
}
