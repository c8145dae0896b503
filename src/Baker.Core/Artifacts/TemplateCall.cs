using Scriban.Parsing;
using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>One call of a <see cref="TemplateFunction"/>: where it stands, and what it was given.</summary>
internal sealed record TemplateCall(SourceSpan Place, string Usage, ScriptArray Arguments)
{
    /// <param name="what">What it takes, behind the function's name.</param>
    public TemplateMistake Wrong(string what) => new(Place, $"{Usage.Split(' ')[0]} {what}", $"It is used like this: {{{{ {Usage} }}}}.");
}
