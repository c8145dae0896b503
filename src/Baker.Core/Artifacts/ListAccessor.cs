using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>What stands in a list, which Scriban's own way would write to even where the list cannot be.</summary>
internal sealed class ListAccessor(IListAccessor own) : IListAccessor
{
    public int GetLength(TemplateContext context, SourceSpan span, object target) => own.GetLength(context, span, target);

    public object? GetValue(TemplateContext context, SourceSpan span, object target, int index) =>
        own.GetValue(context, span, target, index);

    public void SetValue(TemplateContext context, SourceSpan span, object target, int index, object? value)
    {
        if (target is IScriptObject { IsReadOnly: true })
        {
            throw new TemplateMistake(
                span,
                "A list of the group's is readonly.",
                "The group's own values cannot be changed; give the result a name of its own.");
        }

        own.SetValue(context, span, target, index, value);
    }
}
