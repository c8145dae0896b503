using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>Decides which classes a service has.</summary>
internal static class Classes
{
    /// <summary>
    /// Name and shape of every class with members of its own. A request and a response belong to one operation, even
    /// where the model shares their shape between two (SuspendProcesses and ResumeProcesses).
    /// </summary>
    public static IEnumerable<(string Name, Shape? Shape)> Of(Service service)
    {
        var todo = new Stack<string>();
        var seen = new HashSet<string>();
        foreach (var operation in service.Operations)
        {
            yield return (operation.Request, operation.Input is null ? null : service.Shape(operation.Input));
            if (operation.WrappedShape is null)
            {
                yield return (operation.Response, operation.Output is null ? null : service.Shape(operation.Output));
            }
            else
            {
                todo.Push(operation.WrappedShape);
            }
        }

        foreach (var operation in service.Operations)
        {
            Push(operation.Input, operation.Request);
            if (operation.WrappedShape is null)
            {
                Push(operation.Output, operation.Response);
            }
        }

        while (todo.Count > 0)
        {
            var name = todo.Pop();
            if (!seen.Add(name) || service.Substitute(name) is not null)
            {
                continue;
            }

            var shape = service.Shape(name);
            if (shape.Type == "structure")
            {
                yield return (Naming.Capital(name), shape);
                Push(name, Naming.Capital(name));
            }
            else if (shape.Element is { } element)
            {
                todo.Push(element.Text("shape")!);
            }
        }

        void Push(string? shape, string owner)
        {
            foreach (var member in shape is null ? Enumerable.Empty<Member>() : service.Shape(shape).Members(owner))
            {
                todo.Push(member.Shape);
            }
        }
    }
}
