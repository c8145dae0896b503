using System.Collections.Immutable;
using System.Formats.Tar;

namespace Baker.Core.Artifacts;

/// <summary>A commit's tree as <c>git archive</c> gives it.</summary>
/// <param name="Content">A tar archive.</param>
/// <param name="Files">What is in it but folders.</param>
/// <param name="Submodules">Folders that git left empty: what belongs there is another repository's.</param>
/// <param name="Pointers">Files that only name what Git LFS has.</param>
public sealed record CodeArchive(
    ReadOnlyMemory<byte> Content,
    ImmutableArray<string> Files,
    ImmutableArray<string> Submodules,
    ImmutableArray<string> Pointers)
{
    private const int LongestPointer = 1024;

    /// <summary>Git keeps no empty folder, so each one is a submodule.</summary>
    public static CodeArchive Read(byte[] tar)
    {
        using var bytes = new MemoryStream(tar);
        using var reader = new TarReader(bytes);
        var files = ImmutableArray.CreateBuilder<string>();
        var pointers = ImmutableArray.CreateBuilder<string>();
        var folders = new List<string>();
        var full = new HashSet<string>(StringComparer.Ordinal);
        while (reader.GetNextEntry() is { } entry)
        {
            var name = entry.Name.TrimEnd('/');
            if (entry.EntryType == TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            full.Add(name[..Math.Max(0, name.LastIndexOf('/'))]);
            if (entry.EntryType == TarEntryType.Directory)
            {
                folders.Add(name);
                continue;
            }

            files.Add(name);
            if (entry.DataStream is { Length: > 0 and <= LongestPointer } content && IsPointer(content))
            {
                pointers.Add(name);
            }
        }

        return new CodeArchive(tar, files.ToImmutable(), [.. folders.Where(folder => !full.Contains(folder))], pointers.ToImmutable());
    }

    private static bool IsPointer(Stream content)
    {
        var expected = "version https://git-lfs.github.com/spec/"u8;
        var start = new byte[expected.Length];
        return content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && expected.SequenceEqual(start);
    }
}
