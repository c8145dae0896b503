using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits the service's exception, the modelled ones that derive from it, and the way from a code to one.</summary>
internal static class ExceptionEmitter
{
    private const string Arguments =
        "string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode";
    private const string Passed = "message, innerException, errorType, errorCode, requestId, statusCode";

    public static string Emit(Service service)
    {
        var root = $"Amazon{service.Client}Exception";
        var exceptions = service.Shapes.Where(each => each.IsException).ToList();
        var source = new Source("System", "System.Net", "Amazon.Runtime", "Amazon.Runtime.Internal");
        source.Line($"namespace {service.Namespace} {{");
        Class(source, root, "AmazonServiceException");
        source.Line($"internal static class {service.Client}Errors {{");
        source.Line(
            "  public static AmazonServiceException Create(ErrorResponse e, Exception innerException, HttpStatusCode statusCode) {");
        source.Line("    var (message, errorType, errorCode, requestId) = (e.Message, e.Type, e.Code, e.RequestId);");
        source.Line("    return errorCode switch {");
        foreach (var shape in exceptions)
        {
            source.Line($"      \"{shape.ErrorCode}\" => new Model.{Naming.Exception(shape.Name)}({Passed}),");
        }

        source.Line($"      _ => new {root}({Passed}),");
        source.Line("    };");
        source.Line("  }");
        source.Line("}");
        source.Line("}");
        source.Line($"namespace {service.Namespace}.Model {{");
        foreach (var name in exceptions.Select(each => Naming.Exception(each.Name)).Distinct())
        {
            Class(source, name, root);
        }

        source.Line("}");
        return source.ToString();
    }

    private static void Class(Source source, string name, string parent)
    {
        source.Line($"public partial class {name} : {parent} {{");
        source.Line($"  public {name}(string message) : base(message) {{ }}");
        source.Line($"  public {name}(string message, Exception innerException) : base(message, innerException) {{ }}");
        source.Line($"  public {name}(Exception innerException) : base(innerException.Message, innerException) {{ }}");
        source.Line(
            $"  public {name}(string message, ErrorType errorType, string errorCode, string requestId, "
                + "HttpStatusCode statusCode) : base(message, errorType, errorCode, requestId, statusCode) { }");
        source.Line($"  public {name}({Arguments}) : base({Passed}) {{ }}");
        source.Line("}");
    }
}
