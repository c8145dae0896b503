using System.Collections.Frozen;
using Scriban.Syntax;

namespace Baker.Core.Artifacts;

/// <summary>Where a template asks whether an object has a member, instead of wanting it: <c>a?.b</c>, <c>a.b ?? "c"</c>, <c>if a.b</c>.
/// There what is missing is null.</summary>
internal static class TemplateQuestions
{
    /// <summary>The offsets of the members' names, and of what stands between brackets.</summary>
    public static FrozenSet<int> In(ScriptNode page)
    {
        var asked = new HashSet<int>();
        Find(page, asked);
        return asked.ToFrozenSet();
    }

    private static void Find(ScriptNode node, HashSet<int> asked)
    {
        switch (node)
        {
            case ScriptIfStatement statement:
                Ask(statement.Condition, asked);
                break;
            case ScriptConditionalExpression choice:
                Ask(choice.Condition, asked);
                break;
            case ScriptBinaryExpression { Operator: ScriptBinaryOperator.EmptyCoalescing } binary:
                Ask(binary.Left, asked);
                break;
            case ScriptMemberExpression { DotToken.Value: "?." } member:
                Ask(member, asked);
                break;
        }

        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                Find(child, asked);
            }
        }
    }

    private static void Ask(ScriptNode? question, HashSet<int> asked)
    {
        switch (question)
        {
            case ScriptMemberExpression member:
                asked.Add(member.Member!.Span.Start.Offset);
                break;
            case ScriptIndexerExpression indexer:
                asked.Add(indexer.Index!.Span.Start.Offset);
                break;
            case ScriptNestedExpression nested:
                Ask(nested.Expression, asked);
                break;
            case ScriptUnaryExpression { Operator: ScriptUnaryOperator.Not } not:
                Ask(not.Right, asked);
                break;
            case ScriptBinaryExpression
            {
                Operator: ScriptBinaryOperator.And or ScriptBinaryOperator.Or
                or ScriptBinaryOperator.CompareEqual or ScriptBinaryOperator.CompareNotEqual
            } both:
                Ask(both.Left, asked);
                Ask(both.Right, asked);
                break;
        }
    }
}
