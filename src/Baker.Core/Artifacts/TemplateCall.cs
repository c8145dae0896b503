using Scriban.Parsing;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>One call of a <see cref="TemplateFunction"/>: where it stands, and what it was given.</summary>
internal sealed record TemplateCall(SourceSpan Place, string Usage, ScriptArray Arguments)
{
    public TemplateMistake Wrong(string message) => new(Place, message, $"It is used like this: {{{{ {Usage} }}}}.");
}
