using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Emits the paginators: client.Paginators.DescribeX(request).Responses, or the items themselves.</summary>
internal static class PaginatorEmitter
{
    public static string Emit(Service service)
    {
        var paged = service.Operations.Where(each => each.Pages is not null).ToList();
        var source = new Source("System", "System.Collections.Generic", "Amazon.Runtime", "Baker.Sdk.Runtime");
        source.Line($"namespace {service.Namespace}.Model {{");
        source.Line($"public partial interface I{service.Client}PaginatorFactory {{");
        foreach (var each in paged)
        {
            source.Line($"  I{each.Name}Paginator {each.Name}({each.Request} request);");
        }

        source.Line("}");
        source.Line(
            $"internal sealed class {service.Client}PaginatorFactory(IAmazon{service.Client} client) : "
                + $"I{service.Client}PaginatorFactory {{");
        foreach (var each in paged)
        {
            source.Line(
                $"  public I{each.Name}Paginator {each.Name}({each.Request} request) => new {each.Name}Paginator(client, request);");
        }

        source.Line("}");
        foreach (var each in paged)
        {
            Paginator(source, service, each);
        }

        source.Line("}");
        return source.ToString();
    }

    private static void Paginator(Source source, Service service, Operation operation)
    {
        var types = new Types(service);
        var (request, response) = (operation.Request, operation.Response);
        var output = service.Shape(operation.Output!).Members(response).ToList();
        var items = operation.Pages!.Texts("result_key")
            .Select(key => output.FirstOrDefault(member => member.Property == Naming.Capital(key)))
            .OfType<Member>()
            .Select(member => (member.Property, Type: types.Property(member.Shape)))
            .Where(member => member.Type.StartsWith("List<", StringComparison.Ordinal))
            .Select(member => (member.Property, Item: member.Type.Substring(5, member.Type.Length - 6)))
            .ToList();
        var (ask, answer) = (
            Naming.Capital(operation.Pages.Texts("input_token")[0]),
            Naming.Capital(operation.Pages.Texts("output_token")[0]));
        source.Line($"public partial interface I{operation.Name}Paginator {{");
        source.Line($"  IPaginatedEnumerable<{response}> Responses {{ get; }}");
        foreach (var (property, item) in items)
        {
            source.Line($"  IPaginatedEnumerable<{item}> {property} {{ get; }}");
        }

        source.Line("}");
        source.Line($"internal sealed class {operation.Name}Paginator(IAmazon{service.Client} client, {request} request)");
        source.Line(
            $"  : Pages<{request}, {response}>(request, (r, stop) => client.{operation.Name}Async(r, stop), r => r.{ask}, "
                + $"(r, token) => r.{ask} = token, r => r.{answer}), I{operation.Name}Paginator {{");
        foreach (var (property, item) in items)
        {
            source.Line(
                $"  public IPaginatedEnumerable<{item}> {property} => new PaginatedResultKeyResponse<{response}, "
                    + $"{item}>(this, r => r.{property} ?? new List<{item}>());");
        }

        source.Line("}");
    }
}
