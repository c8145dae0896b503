using System.Text.RegularExpressions;

namespace Baker.Core.Artifacts;

/// <summary>
/// What Scriban says is wrong, without its own terms where they mean nothing to who writes a template, and what to do about
/// it.
/// </summary>
internal static partial class ScribanMessages
{
    private static readonly (string Part, string Remedy)[] s_remedies =
    [
        ("parsing a string", "End the text with the quote that it begins with."),
        ("escape character", "A backslash in a text is written twice."),
        ("Expecting <expression>", "Name what is missing: an attribute, or a text in quotes."),
        ("Expecting an <expression>", "Name what is missing: an attribute, or a text in quotes."),
        ("'in' word", "A loop is written {{ for item in list }} … {{ end }}."),
        ("preceded by another if", "Put it between an if and its end."),
        ("closing", "Close every bracket with its own kind, inside the same {{ }}."),
        ("expecting `]`", "Close every bracket with its own kind, inside the same {{ }}."),
        ("no matching", "An expression ends with }}; close every bracket with its own kind."),
        ("Expecting <EOL>", "One {{ }} holds one expression; several are parted by a semicolon. It ends with }}."),
        ("object initializer", "An expression ends with }} before the next begins."),
        ("iteration limit", "Is there a while whose condition always holds?"),
        ("LoopLimit", "Count to less: a loop over a group's own lists has no need of a range."),
        ("recursive depth", "A function that calls itself needs an if that ends it."),
        ("LimitToString", "Is there a loop that makes a text longer and longer?"),
        ("Invalid target function", "Only functions take values behind them; put an operator, or }}, in between."),
        ("is null", "Ask first whether the group has it: {{ if … }} … {{ end }}."),
        ("out of bounds", "Ask first how many there are: {{ if list.size > 1 }} … {{ end }}."),
        ("readonly", "The group's own values cannot be changed; give the result a name of its own."),
    ];

    public static string Of(string message) => Sentence(Prefix().Replace(message.ReplaceLineEndings(" ").Trim(), "")
        .Replace("LimitToString", "what a text may be long,", StringComparison.Ordinal)
        .Replace("LoopLimit", "how often a loop may go round,", StringComparison.Ordinal));

    public static string Remedy(string message) =>
        Array.Find(s_remedies, one => message.Contains(one.Part, StringComparison.Ordinal)).Remedy
            ?? "docs/templates.md shows what a template may say.";

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

    [GeneratedRegex("^Error while parsing [^:]*: ")]
    private static partial Regex Prefix();
}
