using System.Collections;
using Baker.Core.Manifest;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace Baker.Core.Artifacts;

/// <summary>Scriban's state while it renders, used again for group after group by one thread at a time: strict about names, bounded, and
/// blind to everything of .NET.</summary>
internal sealed class TemplateRun : TemplateContext
{
    private int _rounds;
    private PackerScope? _scope;
    private ScriptNode? _written;

    public TemplateRun(ScriptObject functions, TemplateOutput output)
        : base(functions)
    {
        StrictVariables = true;
        EnableRelaxedMemberAccess = false;
        EnableRelaxedIndexerAccess = false;
        AutoIndent = false;
        LoopLimit = TemplateLimits.Rounds;
        RecursiveLimit = TemplateLimits.Calls;
        LimitToString = TemplateLimits.Text;
        OnStringLimit = ScriptLimitBehavior.Throw;
        TryGetVariable = RefuseVariable;
        TryGetMember = RefuseMember;
        PushOutput(output);
        output.Context = this;
    }

    public void Render(Template template, PackerScope scope)
    {
        _rounds = 0;
        _scope = scope;
        PushGlobal(scope);
        PushGlobal(new ScriptObject()); // what the template assigns
        template.Render(this);
        PopGlobal();
        PopGlobal();
    }

    /// <summary>Where the statement stands that writes something now: Scriban itself names the block around it.</summary>
    public SourceSpan WrittenAt => _written?.Span ?? CurrentSpan;

    public override object? Evaluate(ScriptNode? scriptNode, bool aliasReturnedFunction)
    {
        var value = base.Evaluate(scriptNode, aliasReturnedFunction);
        _written = scriptNode;
        return value;
    }

    /// <summary>Nothing holds that is null, false, or an empty text, list or object.</summary>
    public override bool ToBool(SourceSpan span, object? value) => value switch
    {
        string text => text.Length > 0,
        ICollection items => items.Count > 0,
        _ => base.ToBool(span, value),
    };

    public override TemplateContext Write(SourceSpan span, object? textAsObject)
    {
        if (textAsObject is not null)
        {
            Write(TemplateText.Scalar(textAsObject) ?? throw new TemplateMistake(
                WrittenAt,
                $"This is {Kind(textAsObject)}, and only texts, numbers and truth values can be written as they are.",
                "Write it with json or hcl, as in {{ json tags }}, or one by one with for."));
        }

        return this;
    }

    protected override bool OnStepLoop(ScriptLoopStatementBase loop)
    {
        if (++_rounds > TemplateLimits.Rounds)
        {
            throw new TemplateMistake(loop.Span, $"The loops go round more than {TemplateLimits.Rounds} times.", "Is there a while whose condition always holds?");
        }

        return base.OnStepLoop(loop);
    }

    protected override IObjectAccessor? GetMemberAccessorImpl(object target) => target switch
    {
        KeyValuePair<string, object?> => PairAccessor.Instance,
        string or IScriptObject => base.GetMemberAccessorImpl(target),
        _ => throw new TemplateMistake(CurrentSpan, $"Here is {Kind(target)}, which has no members.", "docs/templates.md lists what a template may use."),
    };

    private static string Kind(object value) => value switch
    {
        IScriptCustomFunction => "a function without what it takes",
        string => "a text",
        IDictionary or PackerScope or KeyValuePair<string, object?> => "an object",
        IEnumerable => "a list",
        _ => "a value",
    };

    private bool RefuseVariable(TemplateContext context, SourceSpan span, ScriptVariable variable, out object? value)
    {
        value = null;
        var known = BuiltinObject.Keys.Concat(_scope!.GetMembers());
        throw new TemplateMistake(
            span,
            $"There is no {Quoting.Quote(variable.Name)}.",
            DidYouMean.Suggest(variable.Name, known, "docs/templates.md lists what a template may use; the group's own attributes are used by their names."));
    }

    private bool RefuseMember(TemplateContext context, SourceSpan span, object target, string member, out object? value)
    {
        value = null;
        var known = target is IDictionary ? ((IScriptObject)target).GetMembers() : ["size", "key", "value"];
        throw new TemplateMistake(
            span,
            $"Here is {Kind(target)} without {Quoting.Quote(member)}.",
            DidYouMean.Suggest(member, known, "What may be missing is asked for through attributes or an if: {{ if x }}."));
    }
}
