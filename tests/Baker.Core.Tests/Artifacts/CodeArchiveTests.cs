using System.Formats.Tar;
using System.Text;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Artifacts;

internal sealed class CodeArchiveTests
{
    [Test]
    public void Read_Tree_NamesFilesSubmodulesAndPointers()
    {
        var read = CodeArchive.Read(Tar(
            ("app/", null), ("app/a.py", "print()\n"), ("lib/", null), ("lib/sub/", null),
            ("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")));

        Assert.That(read.Files, Is.EqualTo(new[] { "app/a.py", "big.bin" }));
        Assert.That(read.Submodules, Is.EqualTo(new[] { "lib/sub" }));
        Assert.That(read.Pointers, Is.EqualTo(new[] { "big.bin" }));
    }

    [Test]
    public void Tag_LongRepository_FitsAndIsReadBack()
    {
        var tree = new CodeTree(new CodeSource($"https://host/{new string('x', 300)}", "/srv/app") { Branch = "main" }, new string('a', 40), new(() => throw new InvalidOperationException()));
        var read = CodeTag.Of(tree.Tag.Key, tree.Tag.Value)!;

        Assert.That(tree.Tag.Value, Has.Length.EqualTo(256));
        Assert.That((read.Path, read.Commit, read.Wanted), Is.EqualTo(("/srv/app", new string('a', 40), "main")));
        Assert.That(read.ToString(), Does.StartWith("/srv/app at aaaaaaaaaaaa (main of https://host/x"));
        Assert.That(CodeTag.Of("baker:run", "x y z"), Is.Null);
    }

    private static byte[] Tar(params (string Name, string? Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var content = new MemoryStream(Encoding.UTF8.GetBytes(text ?? ""));
                writer.WriteEntry(text is null ? new PaxTarEntry(TarEntryType.Directory, name) : new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content });
            }
        }

        return bytes.ToArray();
    }
}
