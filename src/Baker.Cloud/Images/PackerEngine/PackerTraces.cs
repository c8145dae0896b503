using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>What a run of Packer says that it makes: by that, and by the run's tag, it is found again.</summary>
public sealed partial class PackerTraces
{
    private readonly Lock _gate = new();
    private readonly SortedSet<string> _instances = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _temporary = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _imageNames = new(StringComparer.Ordinal);

    /// <summary>Whether it ran at all.</summary>
    public bool HasBegun { get; private set; }

    public ImmutableArray<string> Instances => Copy(_instances);

    /// <summary>The names of its key pair and security group.</summary>
    public ImmutableArray<string> Temporary => Copy(_temporary);

    public ImmutableArray<string> ImageNames => Copy(_imageNames);

    /// <param name="line">A line of its output.</param>
    public void Add(string line)
    {
        lock (_gate)
        {
            HasBegun = true;
            _instances.UnionWith(InstanceId().Matches(line).Select(match => match.Value));
            _temporary.UnionWith(TemporaryName().Matches(line).Select(match => match.Value));
            if (ImageName().Match(line) is { Success: true } name)
            {
                _imageNames.Add(name.Groups[1].Value.Trim());
            }
        }
    }

    private ImmutableArray<string> Copy(SortedSet<string> set)
    {
        lock (_gate)
        {
            return [.. set];
        }
    }

    [GeneratedRegex(@"\bi-[0-9a-f]{8,17}\b")]
    private static partial Regex InstanceId();

    [GeneratedRegex(@"\bpacker_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")]
    private static partial Regex TemporaryName();

    [GeneratedRegex(": Prevalidating AMI Name: (.+)$")]
    private static partial Regex ImageName();
}
