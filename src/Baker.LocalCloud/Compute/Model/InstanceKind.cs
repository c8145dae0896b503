using System.Collections.Frozen;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>An instance type. Memory is MiB. Zones are letters; a type of an old generation is not offered in all.</summary>
internal sealed record InstanceKind(string Name, int Cpus, int Memory, string Architecture = "x86_64", string Zones = "abcdef")
{
    private static readonly (string Size, int Cpus, int Memory)[] s_sizes =
        [("medium", 1, 1), ("large", 2, 2), ("xlarge", 4, 4), ("2xlarge", 8, 8), ("4xlarge", 16, 16), ("8xlarge", 32, 32)];

    public static FrozenDictionary<string, InstanceKind> All { get; } = Make().ToFrozenDictionary(k => k.Name, StringComparer.Ordinal);

    public bool IsOldGeneration => Name[..2] is "m1" or "m2" or "m3" or "c1" or "c3" or "t1" or "r3";

    private static IEnumerable<InstanceKind> Make()
    {
        yield return new("t1.micro", 1, 627, Zones: "abcde");
        yield return new("m1.small", 1, 1740, Zones: "abcde");
        yield return new("m1.medium", 1, 3788, Zones: "abcde");
        yield return new("m1.large", 2, 7680, Zones: "abcde");
        yield return new("m1.xlarge", 4, 15360, Zones: "abcde");
        yield return new("m2.xlarge", 2, 17510, Zones: "abcde");
        yield return new("c1.medium", 2, 1740, Zones: "abcde");
        yield return new("c1.xlarge", 8, 7168, Zones: "abcde");
        foreach (var family in new[] { "t2", "t3", "t3a", "t4g" })
        {
            var architecture = family == "t4g" ? "arm64" : "x86_64";
            foreach (var (size, cpus, memory) in new[]
            {
                ("nano", 2, 512), ("micro", 2, 1024), ("small", 2, 2048), ("medium", 2, 4096), ("large", 2, 8192),
                ("xlarge", 4, 16384), ("2xlarge", 8, 32768),
            })
            {
                yield return new(
                    $"{family}.{size}",
                    family == "t2" && size is "nano" or "micro" or "small" ? 1 : cpus,
                    memory,
                    architecture);
            }
        }

        foreach (var (family, perCpu) in new[] { ("m", 4096), ("c", 2048), ("r", 8192) })
        {
            foreach (var generation in new[] { "3", "4", "5", "5a", "6i", "6a", "6g", "7i", "7a", "7g" })
            {
                foreach (var (size, cpus, _) in s_sizes)
                {
                    yield return new(
                        $"{family}{generation}.{size}",
                        cpus,
                        cpus * perCpu,
                        generation.EndsWith('g') ? "arm64" : "x86_64",
                        generation == "3" ? "abcde" : "abcdef");
                }
            }
        }
    }
}
