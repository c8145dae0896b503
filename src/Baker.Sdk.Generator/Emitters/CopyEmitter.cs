using Baker.Sdk.Generator.Models;

namespace Baker.Sdk.Generator.Emitters;

/// <summary>
/// Emits CopyTo between the SDK's families of classes for one thing (LaunchTemplateEbsBlockDeviceRequest,
/// LaunchTemplateEbsBlockDevice, EbsBlockDevice): members of the same name, however deep. A member that the source has
/// set replaces the whole one of the target; members that are different things in the two classes stay apart.
/// </summary>
internal static class CopyEmitter
{
    public static string Emit(Service service)
    {
        var (types, shapes) = (new Types(service), Classes.Of(service).ToDictionary(each => each.Name, each => each.Shape));
        var source = new Source("System.Collections.Generic", service.Namespace, $"{service.Namespace}.Model");
        source.Line("namespace Baker.LocalCloud.Protocol;");
        source.Line($"internal static class {service.Client}Copies {{");
        var (todo, seen) = (new Queue<(string From, string To)>(service.Copies), new HashSet<(string From, string To)>());
        while (todo.Count > 0)
        {
            var pair = todo.Dequeue();
            if (!seen.Add(pair))
            {
                continue;
            }

            var (from, to) = ($"{service.Namespace}.Model.{pair.From}", $"{service.Namespace}.Model.{pair.To}");
            source.Line($"  public static {to} CopyTo(this {from} from, {to} to) {{");
            var targets = shapes[pair.To]!.Members(pair.To).ToDictionary(each => each.Property);
            foreach (var member in shapes[pair.From]!.Members(pair.From).Where(each => targets.ContainsKey(each.Property)))
            {
                if (types.Convert("x", member.Shape, targets[member.Property].Shape, todo.Enqueue) is { } value)
                {
                    source.Line($"    {{ if (from.{member.Property} is {{ }} x) to.{member.Property} = {value}; }}");
                }
            }

            source.Line("    return to;");
            source.Line("  }");
        }

        source.Line("}");
        return source.ToString();
    }
}
