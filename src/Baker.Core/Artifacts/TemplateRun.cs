using System.Collections;
using System.Collections.Frozen;
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
    private readonly FrozenSet<int> _questions;
    private int _rounds;
    private int _steps;
    private PackerScope? _scope;
    private ScriptNode? _written;

    /// <param name="questions">Where the template asks for members that may be missing.</param>
    public TemplateRun(ScriptObject functions, FrozenSet<int> questions, TemplateOutput output)
        : base(functions)
    {
        _questions = questions;
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
        _steps = 0;
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
        if (++_steps > TemplateLimits.Steps)
        {
            throw new TemplateMistake(
                scriptNode!.Span,
                $"More than {TemplateLimits.Steps / 1_000_000} million steps were taken.",
                "Is there a function that calls itself again and again?");
        }

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
            throw new TemplateMistake(
                loop.Span,
                $"The loops go round more than {TemplateLimits.Rounds} times.",
                "Is there a while whose condition always holds?");
        }

        return base.OnStepLoop(loop);
    }

    protected override IObjectAccessor? GetMemberAccessorImpl(object target) => target switch
    {
        KeyValuePair<string, object?> => PairAccessor.Instance,
        string or IScriptObject => base.GetMemberAccessorImpl(target),
        _ => throw new TemplateMistake(
            CurrentSpan,
            $"Here is {Kind(target)}, which has no members.",
            "docs/templates.md lists what a template may use."),
    };

    protected override IListAccessor? GetListAccessorImpl(object target, Type type) =>
        base.GetListAccessorImpl(target, type) is { } own ? new ListAccessor(own) : null;

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
            DidYouMean.Suggest(
                variable.Name,
                known,
                "docs/templates.md lists what a template may use; the group's own attributes are used by their names, "
                    + "and what it may not have as attributes.NAME."));
    }

    private bool RefuseMember(TemplateContext context, SourceSpan span, object target, string member, out object? value)
    {
        value = null;
        if (_questions.Contains(span.Start.Offset) || target == _scope!.Attributes)
        {
            return true;
        }

        var known = target is IDictionary ? ((IScriptObject)target).GetMembers() : ["size", "key", "value"];
        throw new TemplateMistake(
            span,
            $"Here is {Kind(target)} without {Quoting.Quote(member)}.",
            DidYouMean.Suggest(
                member,
                known,
                "What may be missing is asked for with an if, ?. or ??, as in {{ if a.b }}, a?.b, a.b ?? \"c\"."));
    }
}
