using Scriban.Runtime;

namespace Baker.Core.Artifacts;

/// <summary>Takes what a template renders, as UTF-8; too much of it is the template's mistake.</summary>
/// <param name="template">The template's own text, by which what stands in it is told from what its expressions write.</param>
internal sealed class TemplateOutput(string template) : IScriptOutput
{
    public ArtifactBuffer Rendered { get; } = new();

    public TemplateRun? Context { get; set; }

    /// <summary>Where each piece came from; null where no one will ask.</summary>
    public TemplateOrigins? Origins { get; init; }

    public void Write(string piece, int offset, int count)
    {
        var span = Context!.WrittenAt;
        if (Rendered.Written.Length + count > TemplateLimits.Text)
        {
            throw new TemplateMistake(
                span,
                $"More than {TemplateLimits.Text >> 20} MiB were rendered.",
                "Is there a loop that writes without an end?");
        }

        Origins?.Add(Rendered.Written.Length, ReferenceEquals(piece, template) ? offset : null, span);
        Rendered.Append(piece.AsSpan(offset, count));
    }

    public ValueTask WriteAsync(string piece, int offset, int count, CancellationToken cancellationToken)
    {
        Write(piece, offset, count);
        return ValueTask.CompletedTask;
    }
}
