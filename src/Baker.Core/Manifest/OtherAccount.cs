using System.Collections.Immutable;

namespace Baker.Core.Manifest;

/// <summary>An AWS account that images are given to, as <c>accounts</c> of the settings says.</summary>
/// <param name="Name">What the manifest calls it.</param>
/// <param name="Id">Twelve digits.</param>
/// <param name="RoleArn">The role of that account that works there.</param>
/// <param name="Regions">Where it takes images; empty: where their group has them.</param>
/// <param name="KmsKeyIds">By region the key of that account under which it has copies of its own.</param>
public sealed record OtherAccount(
    string Name,
    string Id,
    string RoleArn,
    ImmutableArray<string> Regions,
    ImmutableSortedDictionary<string, string> KmsKeyIds)
{
    /// <summary>Where it takes the images of a group that has them in <paramref name="own"/>.</summary>
    public IEnumerable<string> RegionsFor(IEnumerable<string> own) => Regions.IsEmpty ? own : Regions;
}
