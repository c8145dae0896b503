using System.Collections.Immutable;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Compute.Records;

/// <summary>A resource of one region that carries tags.</summary>
internal interface ITagged : IResource
{
    string Region { get; }

    ImmutableSortedDictionary<string, string> Tags { get; }

    DateTimeOffset CreatedAt { get; }
}
