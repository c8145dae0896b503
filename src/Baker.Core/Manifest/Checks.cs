using System.Globalization;

namespace Baker.Core.Manifest;

/// <summary>The kinds of checks that the attributes' rules are made of.</summary>
internal static class Checks
{
    public static ValueCheck Anything { get; } = new("any value", "any values", (_, _, _) => { });

    public static ValueCheck Text { get; } = TextLike(
        "a text that is not empty, without NUL",
        "texts that are not empty, without NUL",
        text => text.Length > 0 && !text.Contains('\0'));

    public static ValueCheck AnyText { get; } = TextLike("a text", "texts", _ => true);

    public static ValueCheck Flag { get; } = new("true or false", "true or false", (context, path, value) =>
    {
        if (value.Kind is not (ValueKind.True or ValueKind.False))
        {
            context.WrongType(path, value, "true or false");
        }
    });

    public static ValueCheck Dictionary { get; } = new("an object", "objects", (context, path, value) =>
    {
        if (value.Kind != ValueKind.Object)
        {
            context.WrongType(path, value, "an object");
        }
    });

    public static ValueCheck TextLike(string expected, string expectedItems, Func<string, bool> isValid) =>
        new(expected, expectedItems, (context, path, value) =>
        {
            if (value.Kind != ValueKind.String)
            {
                context.WrongType(path, value, expected);
            }
            else if (!isValid(value.Text))
            {
                context.BadValue(path, value, expected);
            }
        });

    public static ValueCheck Integer(long from, long to) =>
        new($"a whole number from {from} to {to}", $"whole numbers from {from} to {to}", (context, path, value) =>
        {
            var expected = $"a whole number from {from} to {to}";
            if (value.Kind != ValueKind.Number)
            {
                context.WrongType(path, value, expected);
            }
            else if (!value.TryGetInteger(out var number) || number < from || number > to)
            {
                context.BadValue(path, value, expected);
            }
        });

    public static ValueCheck Number { get; } = new("a number", "numbers", (context, path, value) =>
    {
        if (value.Kind != ValueKind.Number)
        {
            context.WrongType(path, value, "a number");
        }
        else if (!double.TryParse(value.Spelling, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number))
        {
            context.BadValue(path, value, "a number");
        }
    });

    public static ValueCheck NumberFromZero { get; } = FromZero("from 0 up", double.MaxValue);

    public static ValueCheck NumberFromZeroTo(int most) =>
        FromZero(string.Create(CultureInfo.InvariantCulture, $"from 0 to {most}"), most);

    public static ValueCheck OneOf(params string[] values)
    {
        var expected = values.Length == 1 ? $"\"{values[0]}\"" : $"one of {string.Join(", ", values)}";
        return new(expected, expected, (context, path, value) =>
        {
            if (value.Kind != ValueKind.String)
            {
                context.WrongType(path, value, expected);
            }
            else if (!values.Contains(value.Text))
            {
                context.BadValue(
                    path,
                    value,
                    expected,
                    DidYouMean.Nearest(value.Text, values) is { } near ? $"Did you mean \"{near}\"?" : null);
            }
        });
    }

    public static ValueCheck ListOf(ValueCheck item) =>
        new($"a list of {item.ExpectedItems}", $"lists of {item.ExpectedItems}", (context, path, value) =>
        {
            if (value.Kind != ValueKind.Array)
            {
                context.WrongType(path, value, $"a list of {item.ExpectedItems}");
                return;
            }

            if (value.IsEmpty)
            {
                return;
            }

            var itemPath = path + "[]";
            foreach (var entry in value.Items)
            {
                item.Run(context, itemPath, entry);
            }
        });

    public static ValueCheck OneOrListOf(ValueCheck item)
    {
        var list = ListOf(item);
        return new($"{item.Expected}, or a list of {item.ExpectedItems}", list.ExpectedItems, (context, path, value) =>
            (value.Kind == ValueKind.Array ? list : item).Run(context, path, value));
    }

    /// <summary>A text, or an object that says more.</summary>
    public static ValueCheck EitherOf(ValueCheck text, ValueCheck fields) =>
        new(
            $"{text.Expected}, or an object that names it",
            $"{text.ExpectedItems}, or objects that name them",
            (context, path, value) =>
            {
                if (value.Kind is ValueKind.String or ValueKind.Object)
                {
                    (value.Kind == ValueKind.Object ? fields : text).Run(context, path, value);
                }
                else
                {
                    context.WrongType(path, value, $"{text.Expected}, or an object that names it");
                }
            });

    /// <summary>An object whose keys are free, or of one kind, and whose values are of one kind.</summary>
    public static ValueCheck MapOf(ValueCheck item, ValueCheck? key = null) =>
        new($"an object whose values are {item.ExpectedItems}", "objects", (context, path, value) =>
        {
            if (value.Kind != ValueKind.Object)
            {
                context.WrongType(path, value, $"an object whose values are {item.ExpectedItems}");
                return;
            }

            foreach (var (name, entry) in value.Properties)
            {
                key?.Run(context, $"each key of {path}", name);
                item.Run(context, $"{path}.{name.Text}", entry);
            }
        });

    /// <summary>A value, or an object with one for each architecture.</summary>
    public static ValueCheck ByArchitecture(ValueCheck item)
    {
        var each = MapOf(item, OneOf(MachineArchitectures.Names));
        var expected = $"{item.Expected}, or an object with one for each architecture";
        return new(expected, item.ExpectedItems, (context, path, value) =>
            (MachineArchitectures.AreKeysOf(value) ? each : item).Run(context, path, value));
    }

    /// <summary>An object with known keys; the first <paramref name="required"/> of them must be there.</summary>
    public static ValueCheck Fields(int required, params (string Name, ValueCheck Check)[] fields) =>
        Fields(required, isExact: false, fields);

    /// <summary>The same of what no template sees: a key that is not known is a mistake.</summary>
    public static ValueCheck ExactFields(int required, params (string Name, ValueCheck Check)[] fields) =>
        Fields(required, isExact: true, fields);

    /// <summary>The check, and of a value of the right kind one more.</summary>
    public static ValueCheck And(this ValueCheck check, ValueKind kind, Action<CheckContext, string, ManifestValue> more) =>
        check with
        {
            Run = (context, path, value) =>
            {
                check.Run(context, path, value);
                if (value.Kind == kind)
                {
                    more(context, path, value);
                }
            },
        };

    /// <summary>The check, of what may also be <c>null</c>: then there is none.</summary>
    public static ValueCheck OrNull(this ValueCheck check) => check with
    {
        Run = (context, path, value) =>
        {
            if (value.Kind != ValueKind.Null)
            {
                check.Run(context, path, value);
            }
        },
    };

    /// <summary>Says of each text of a list that is there before where the first is.</summary>
    public static void EachOnce(CheckContext context, string path, ManifestValue list) =>
        Twice(context, path, list.Items.ToList().Where(each => each.Kind == ValueKind.String), each => each.Text);

    /// <summary>Says of each that is there before where the first is.</summary>
    public static void Twice(
        CheckContext context,
        string path,
        IEnumerable<ManifestValue> values,
        Func<ManifestValue, string> words)
    {
        var seen = new Dictionary<string, ManifestValue>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            if (!seen.TryAdd(words(value), value))
            {
                context.Diagnostics.Error(
                    DiagnosticCode.Conflict,
                    value,
                    $"{path} has {words(value)} twice; the other is at {seen[words(value)].Position}.",
                    "Remove one of them.");
            }
        }
    }

    private static ValueCheck Fields(int required, bool isExact, (string Name, ValueCheck Check)[] fields) =>
        new("an object", "objects", (context, path, value) =>
        {
            if (value.Kind != ValueKind.Object)
            {
                context.WrongType(path, value, "an object");
                return;
            }

            var seen = 0UL;
            foreach (var (name, entry) in value.Properties)
            {
                var text = name.Text;
                var index = 0;
                while (index < fields.Length && fields[index].Name != text)
                {
                    index++;
                }

                if (index == fields.Length)
                {
                    var names = fields.Select(field => field.Name).ToArray();
                    var message = $"{path} has no attribute {Quoting.Quote(text)}.";
                    var remedy = DidYouMean.Suggest(text, names, $"It has {string.Join(", ", names)}.");
                    if (isExact)
                    {
                        context.Diagnostics.Error(DiagnosticCode.UnknownAttribute, name, message, remedy);
                    }
                    else
                    {
                        context.Diagnostics.Warning(DiagnosticCode.UnknownAttribute, name, message, remedy);
                    }

                    continue;
                }

                if (entry.Kind != ValueKind.Null)
                {
                    seen |= 1UL << index;
                    fields[index].Check.Run(context, $"{path}.{text}", entry);
                }
            }

            for (var index = 0; index < required; index++)
            {
                if ((seen & (1UL << index)) == 0)
                {
                    context.Diagnostics.Error(
                        DiagnosticCode.BadValue,
                        value,
                        $"{path} needs the attribute \"{fields[index].Name}\".",
                        $"Write for example {context.Example}");
                }
            }
        });

    private static ValueCheck FromZero(string range, double most) => new($"a number {range}", $"numbers {range}", (context, path, value) =>
    {
        if (value.Kind != ValueKind.Number)
        {
            context.WrongType(path, value, $"a number {range}");
        }
        else if (!double.TryParse(value.Spelling, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !(number >= 0 && number <= most))
        {
            context.BadValue(path, value, $"a number {range}");
        }
    });
}
