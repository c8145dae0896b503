using Scriban.Parsing;
using Scriban.Syntax;

namespace Baker.Core.Artifacts;

/// <summary>
/// Something that a template says and that Baker itself refuses; it travels through Scriban to
/// <see cref="PackerTemplate"/>.
/// </summary>
#pragma warning disable CA1032 // without a place it would be of no use
internal sealed class TemplateMistake(SourceSpan span, string message, string remedy) : ScriptRuntimeException(span, message)
{
    public string Remedy { get; } = remedy;
}
