using System.Collections;
using System.Reflection;
using Amazon.EC2.Model;
using Amazon.Runtime;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Fills every member of a request or response with values that differ from each other, from a seed.</summary>
internal sealed class Filler(int seed)
{
    private const int Deepest = 7;

    // What the official client does not send as it was given.
    private static readonly Dictionary<(Type, string), object> s_given = new()
    {
        // It signs a URL of the source region by itself, and takes Encrypted=false out of the request.
        [(typeof(CopySnapshotRequest), nameof(CopySnapshotRequest.SourceRegion))] = "eu-west-1",
        [(typeof(CopySnapshotRequest), nameof(CopySnapshotRequest.DestinationRegion))] = "us-east-1",
        [(typeof(EbsBlockDevice), nameof(EbsBlockDevice.Encrypted))] = true,
    };

    /// <summary>No service takes one below 1.</summary>
    private static readonly string[] s_pageSizes = ["MaxResults", "MaxRecords", "PageSize"];

    private static readonly Type[] s_roots = [typeof(AmazonWebServiceRequest), typeof(AmazonWebServiceResponse), typeof(object)];
    private readonly Random _random = new(seed);

    /// <summary>
    /// The members that a shape itself has, without those of the SDK's base classes. A reservation's group names are the
    /// client's own summary of its groups.
    /// </summary>
    public static IEnumerable<PropertyInfo> Members(Type type) => type.GetProperties().Where(each =>
        each.CanWrite && each.CanRead && !s_roots.Contains(each.DeclaringType) && each.DeclaringType!.Namespace != "Amazon.Runtime"
        && (each.DeclaringType, each.Name) != (typeof(Reservation), nameof(Reservation.GroupNames)));

    public object Fill(object made, int depth = 0)
    {
        foreach (var member in Members(made.GetType()))
        {
            if ((s_given.GetValueOrDefault((member.DeclaringType!, member.Name)) ?? Value(member.PropertyType, depth + 1)) is { } value)
            {
                member.SetValue(made, value is int number && s_pageSizes.Contains(member.Name) ? (number & (int.MaxValue - 1)) + 1 : value);
            }
        }

        return made;
    }

    private object? Value(Type type, int depth)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return $"t{_random.Next()} <&> é\"'+% \u2028";
        }

        if (typeof(ConstantClass).IsAssignableFrom(type))
        {
            var constants = type.GetFields(BindingFlags.Public | BindingFlags.Static);
            return constants[_random.Next(constants.Length)].GetValue(null);
        }

        return type == typeof(bool) ? _random.Next(2) == 0
            : type == typeof(int) ? _random.Next(int.MinValue, int.MaxValue)
            : type == typeof(long) ? _random.NextInt64(-(1L << 52), 1L << 52)
            : type == typeof(double) ? _random.Next(100000) / 64.0
            : type == typeof(float) ? _random.Next(1000) / 8f
            : type == typeof(DateTime) ? DateTime.UnixEpoch.AddMilliseconds(_random.NextInt64(1L << 40))
            : type == typeof(MemoryStream) ? new MemoryStream([1, 2, 255, (byte)_random.Next(256)])
            : Compound(type, depth);
    }

    private object? Compound(Type type, int depth)
    {
        if (depth > Deepest)
        {
            return null;
        }

        var made = Activator.CreateInstance(type)!;
        switch (made)
        {
            case IDictionary map:
                for (var i = 0; i < 2; i++)
                {
                    map.Add($"k{i}", Value(type.GetGenericArguments()[1], depth) ?? "");
                }

                return map;
            case IList list:
                for (var i = 0; i < 2; i++)
                {
                    if (Value(type.GetGenericArguments()[0], depth + 1) is { } item)
                    {
                        list.Add(item);
                    }
                }

                return list.Count == 0 ? null : list;
            default:
                // The query protocols cannot say "a structure without members".
                Fill(made, depth);
                return Members(type).Any(member => member.GetValue(made) is not null) ? made : null;
        }
    }
}
