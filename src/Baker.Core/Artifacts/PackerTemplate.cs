using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace Baker.Core.Artifacts;

/// <summary>One template for HashiCorp Packer, read once and rendered for many groups; safe for several threads. Every mistake in it is
/// told as <c>file:line:column</c>.</summary>
public sealed class PackerTemplate
{
    private static readonly LexerOptions s_lexer = LexerOptions.Default with { EnableIncludeImplicitString = false };
    private static readonly ParserOptions s_parser = ParserOptions.Default with { ParseFloatAsDecimal = true };

    /// <summary>The first line of every HCL2 file, by which Baker knows it again.</summary>
    public static ReadOnlySpan<byte> HclHeader =>
        "# Written by package packer:create --format hcl2; edit the manifest or the template instead.\n"u8;

    private readonly string _name;
    private readonly string _text;
    private readonly PackerFormat _format;
    private readonly Template _template;
    private readonly ScriptObject _functions;
    private readonly FrozenSet<int> _questions;
    private readonly ConcurrentBag<(TemplateRun Run, TemplateOutput Output)> _idle = [];

    private PackerTemplate(string name, string text, PackerFormat format, Template template)
    {
        _name = name;
        _text = text;
        _format = format;
        _template = template;
        _functions = TemplateFunctions.Of(format);
        _questions = TemplateQuestions.In(template.Page!);
    }

    /// <param name="name">The template's file, as messages call it.</param>
    public static PackerTemplate Read(string name, string text, PackerFormat format)
    {
        if (TemplateBlocks.Check(text) is { } found)
        {
            throw Mistake(name, found.Place, found.Message, found.Remedy);
        }

        var template = Template.Parse(text, name, s_parser, s_lexer);
        if (template.HasErrors)
        {
            var first = template.Messages
                .Where(message => message.Type == ParserMessageType.Error)
                .MinBy(message => message.Span.Start.Offset)!;
            throw Mistake(name, PositionOf(first.Span), ScribanMessages.Of(first.Message), ScribanMessages.Remedy(first.Message));
        }

        return new PackerTemplate(name, text, format, template);
    }

    /// <summary>Renders the group's template: JSON as strict JSON, 4-space indent; a final newline.</summary>
    public string Render(MergedGroup group, PackerLayout layout)
    {
        var output = new ArtifactBuffer();
        Render(group, layout, output);
        return Encoding.UTF8.GetString(output.Written);
    }

    public void Render(MergedGroup group, PackerLayout layout, ArtifactBuffer output)
    {
        if (!_idle.TryTake(out var idle))
        {
            var rendered = new TemplateOutput(_text);
            idle = (new TemplateRun(_functions, _questions, rendered), rendered);
        }

        var text = idle.Output.Rendered;
        text.Clear();
        Run(idle.Run, new PackerScope(group, layout), group.Name);
        if (_format == PackerFormat.Json)
        {
            WriteJson(group, layout, text.Written, output);
        }
        else
        {
            output.Append(HclHeader);
            output.Append(text.Written);
        }

        _idle.Add(idle); // not after a mistake, which leaves it in the middle
    }

    private void Run(TemplateRun run, PackerScope scope, GroupName group)
    {
        try
        {
            run.Render(_template, scope);
        }
        catch (TemplateMistake error)
        {
            throw Mistake(_name, PositionOf(error.Span), $"{error.OriginalMessage} (for {group})", error.Remedy, error);
        }
        catch (ScriptRuntimeException error)
        {
            var inner = error.InnerException as TemplateMistake;
            throw Mistake(
                _name,
                PositionOf((inner ?? error).Span),
                $"{inner?.OriginalMessage ?? ScribanMessages.Of(error.OriginalMessage)} (for {group})",
                inner?.Remedy ?? ScribanMessages.Remedy(error.OriginalMessage),
                error);
        }
    }

    private void WriteJson(MergedGroup group, PackerLayout layout, ReadOnlySpan<byte> text, ArtifactBuffer output)
    {
        var source = new SourceText(_name, text.ToArray());
        var diagnostics = new DiagnosticBag(source);
        var value = ValueParser.Parse(new ValueTape(source), source.Start, source.Length, diagnostics);
        if (value is not { Kind: ValueKind.Object } packer || diagnostics.HasErrors)
        {
            throw NotJson(group, layout, value, diagnostics);
        }

        JsonText.Append(output, packer, 0);
        output.Append((byte)'\n');
    }

    // Renders once more and remembers what wrote what, to say where in the template the mistake is.
    private BakerException NotJson(MergedGroup group, PackerLayout layout, ManifestValue? value, DiagnosticBag diagnostics)
    {
        var origins = new TemplateOrigins();
        var rendered = new TemplateOutput(_text) { Origins = origins };
        Run(new TemplateRun(_functions, _questions, rendered), new PackerScope(group, layout), group.Name);
        var bytes = rendered.Rendered.Written;
        if (diagnostics.Count == 0)
        {
            return Mistake(
                _name,
                origins.Of(value!.Value.Position, bytes, _text),
                $"What is rendered for {group.Name} is no JSON object.",
                "A Packer template starts with {.");
        }

        var first = diagnostics.All[0];
        var line = Encoding.UTF8.GetString(bytes).Split('\n')[first.Position.Line - 1].Trim();
        return Mistake(
            _name,
            origins.Of(first.Position, bytes, _text),
            $"What is rendered for {group.Name} is not JSON: {first.Message} Its line {first.Position.Line} is {Quoting.Quote(line)}.",
            $"{first.Remedy} Texts are written with json, as in {{{{ json description }}}}.");
    }

    private static Position PositionOf(SourceSpan span) => new(span.Start.Line + 1, span.Start.Column + 1);

    private static BakerException Mistake(string name, Position place, string message, string remedy, Exception? cause = null) =>
        new(ExitCode.BadInput, $"{name}:{place}: {message}", remedy, cause);
}
