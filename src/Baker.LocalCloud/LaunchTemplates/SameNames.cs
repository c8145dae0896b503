using System.Collections;
using System.Reflection;
using Amazon.Runtime;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>
/// Copies between the SDK's families of classes for one thing (LaunchTemplateEbsBlockDeviceRequest,
/// LaunchTemplateEbsBlockDevice, EbsBlockDevice): members of the same name, however deep.
/// </summary>
internal static class SameNames
{
    public static T Copy<T>(object from) where T : class, new() => (T)Into(new T(), from);

    /// <summary>Sets what <paramref name="from"/> has; a member that is set there replaces the whole one that was here.</summary>
    public static object Into(object to, object from)
    {
        foreach (var source in from.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (to.GetType().GetProperty(source.Name) is { CanWrite: true } target && source.GetValue(from) is { } value && Convert(value, target.PropertyType) is { } converted)
            {
                target.SetValue(to, converted);
            }
        }

        return to;
    }

    private static object? Convert(object value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        if (typeof(ConstantClass).IsAssignableFrom(type))
        {
            return Activator.CreateInstance(type, value.ToString());
        }

        if (value is IList items && type.IsGenericType)
        {
            var list = (IList)Activator.CreateInstance(type)!;
            foreach (var item in items)
            {
                list.Add(Convert(item, type.GetGenericArguments()[0]));
            }

            return list;
        }

        return type == typeof(string) ? value.ToString() : type.IsClass ? Into(Activator.CreateInstance(type)!, value) : null;
    }
}
