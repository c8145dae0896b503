using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;

namespace Baker.Core.Artifacts;

/// <summary>One Handlebars template for HashiCorp Packer, compiled once and rendered for many groups; safe for several threads.</summary>
public sealed class PackerTemplate
{
    private readonly string _name;
    private readonly string _text;
    private readonly Func<object, string> _render;

    private PackerTemplate(string name, string text, Func<object, string> render)
    {
        _name = name;
        _text = text;
        _render = render;
    }

    /// <summary>Compiles a template; a mistake in it is the user's and names the template.</summary>
    public static PackerTemplate Compile(string name, string text)
    {
        var handlebars = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true });
        handlebars.Configuration.FormatterProviders.Add(new BooleanFormatter());
        TemplateHelpers.Register(handlebars);
        try
        {
            var render = handlebars.Compile(text);
            return new PackerTemplate(name, text, context => render(context));
        }
        catch (Exception error) when (IsMistake(error))
        {
            throw Mistake(name, error);
        }
    }

    /// <summary>Renders the group's template as strict JSON, 4-space indent, final newline.</summary>
    public string Render(NodeGroup group, PackerLayout layout)
    {
        var output = new ArtifactBuffer();
        Render(group, layout, output);
        return Encoding.UTF8.GetString(output.Written);
    }

    public void Render(NodeGroup group, PackerLayout layout, ArtifactBuffer output)
    {
        string text;
        var context = PackerContext.Of(group, layout);
        try
        {
            text = _render(context);
        }
        catch (HandlebarsUndefinedBindingException error)
        {
            throw Undefined(error.Message.Replace(" is undefined", "", StringComparison.Ordinal).Trim(), group.Name, context.Keys, error);
        }
        catch (Exception error) when (IsMistake(error))
        {
            throw Mistake(_name, error, group.Name);
        }

        var source = new SourceText(_name, Encoding.UTF8.GetBytes(text));
        var diagnostics = new DiagnosticBag(source);
        var value = ValueParser.Parse(new ValueTape(source), source.Start, source.Length, diagnostics);
        if (value is not { Kind: ValueKind.Object } packer || diagnostics.HasErrors)
        {
            throw NotJson(group, text, diagnostics);
        }

        JsonText.Append(output, packer, 0);
        output.Append((byte)'\n');
    }

    // Handlebars.Net also lets casts and missing members of its own escape.
    private static bool IsMistake(Exception error) => error is HandlebarsException or InvalidOperationException or InvalidCastException or ArgumentException or KeyNotFoundException or NullReferenceException;

    private BakerException Undefined(string name, string group, IEnumerable<string> known, Exception error)
    {
        var line = Array.FindIndex(_text.Split('\n'), text => text.Contains(name, StringComparison.Ordinal)) + 1;
        return new BakerException(
            ExitCode.BadInput,
            $"The template {_name} cannot be rendered for {group}: {(line > 0 ? $"line {line} names " : "it names ")}{Quoting.Quote(name)}, which {group} does not have.",
            DidYouMean.Suggest(name, known.Concat(["json", "join", "isnull"]), "docs/templates.md lists what a template may use."),
            error);
    }

    private static BakerException Mistake(string name, Exception error, string? group = null)
    {
        var reason = (error is HandlebarsException && error.InnerException is HandlebarsException inner ? inner : error).Message.ReplaceLineEndings(" ").Trim();
        return new BakerException(
            ExitCode.BadInput,
            $"The template {name} cannot be {(group is null ? "read" : $"rendered for {group}")}: {reason}",
            "docs/templates.md lists what a template may use; Packer's own {{...}} are written \\{{...}}.",
            error);
    }

    private BakerException NotJson(NodeGroup group, string text, DiagnosticBag diagnostics)
    {
        if (diagnostics.Count == 0)
        {
            return new BakerException(ExitCode.BadInput, $"The template {_name}, rendered for {group.Name}, is not a JSON object.", "A Packer template starts with {.");
        }

        var first = diagnostics.All[0];
        var line = text.Split('\n')[first.Position.Line - 1].Trim();
        return new BakerException(
            ExitCode.BadInput,
            $"The template {_name}, rendered for {group.Name}, is not JSON: {first.Message} It is in line {first.Position.Line} of what was rendered: {Quoting.Quote(line)}",
            $"Write texts with the helper json, as in {{{{json description}}}}. {first.Remedy}");
    }
}
