using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>What a loop over an object meets: <c>key</c> and <c>value</c>.</summary>
internal sealed class PairAccessor : IObjectAccessor
{
    public static PairAccessor Instance { get; } = new();

    public Type IndexType => typeof(string);

    public bool HasIndexer => false;

    public int GetMemberCount(TemplateContext context, SourceSpan span, object target) => 2;

    public IEnumerable<string> GetMembers(TemplateContext context, SourceSpan span, object target) => ["key", "value"];

    public bool HasMember(TemplateContext context, SourceSpan span, object target, string member) => member is "key" or "value";

    public bool TryGetValue(TemplateContext context, SourceSpan span, object target, string member, out object? value)
    {
        var pair = (KeyValuePair<string, object?>)target;
        value = member == "key" ? pair.Key : pair.Value;
        return HasMember(context, span, target, member);
    }

    public bool TrySetValue(TemplateContext context, SourceSpan span, object target, string member, object? value) => false;

    public bool TryGetItem(TemplateContext context, SourceSpan span, object target, object index, out object value)
    {
        value = target; // never looked at
        return false;
    }

    public bool TrySetItem(TemplateContext context, SourceSpan span, object target, object index, object? value) => false;
}
