using Scriban;
using Scriban.Runtime;
using Scriban.Syntax;

namespace Baker.Core.Artifacts;

/// <summary>A function that templates may call, with a fixed number of values.</summary>
/// <param name="usage">An example, for those who call it in another way.</param>
internal sealed class TemplateFunction(string usage, int parameters, Func<TemplateCall, object?> body) : IScriptCustomFunction
{
    public int RequiredParameterCount => 0; // counted below, where the message can show the usage

    public int ParameterCount => 0;

    public ScriptVarParamKind VarParamKind => ScriptVarParamKind.Direct;

    public Type ReturnType => typeof(object);

    public ScriptParameterInfo GetParameterInfo(int index) => new(typeof(object), "value");

    public object? Invoke(TemplateContext context, ScriptNode? callerContext, ScriptArray arguments, ScriptBlockStatement? blockStatement)
    {
        var call = new TemplateCall(callerContext?.Span ?? context.CurrentSpan, usage, arguments);
        return arguments.Count == parameters ? body(call)
            : throw call.Wrong($"takes {(parameters == 1 ? "one value" : $"{parameters} values")}, not {arguments.Count}.");
    }

    public ValueTask<object?> InvokeAsync(
        TemplateContext context,
        ScriptNode? callerContext,
        ScriptArray arguments,
        ScriptBlockStatement? blockStatement) =>
        ValueTask.FromResult(Invoke(context, callerContext, arguments, blockStatement));
}
