using System.Collections.Immutable;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A resource of Elastic Load Balancing that carries tags.</summary>
internal interface IElbTagged
{
    ImmutableSortedDictionary<string, string> Tags { get; }
}
