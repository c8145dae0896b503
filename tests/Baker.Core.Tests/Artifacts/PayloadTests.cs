using System.Formats.Tar;
using System.IO.Compression;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Artifacts;

internal sealed class PayloadTests
{
    private static readonly NodeGroup s_group = new() { Name = GroupName.Parse("www"), Attributes = [] };

    [Test]
    public void Pack_Twice_IsTheSameBytes()
    {
        var first = Payload.Pack(Input("scripts/a.sh"));

        Assert.That(Payload.Pack(Input("scripts/a.sh")), Is.EqualTo(first));
    }

    [Test]
    public void Pack_ScriptNamedTwice_IsPackedOnceAndRunTwice()
    {
        var files = Unpack(Payload.Pack(Input("scripts/a.sh", "scripts/a.sh")));

        Assert.That(files.Keys, Is.EqualTo(new[] { "scripts/a.sh", "run.sh" }));
        Assert.That(files["run.sh"].Split('\n').Count(line => line == "step 'scripts/a.sh' sh './scripts/a.sh'"), Is.EqualTo(2));
    }

    [Test]
    public void Pack_ScriptWithAnInterpreter_IsRunByIt()
    {
        var input = Input("a.py") with { Scripts = [new PayloadFile("a.py", "#!/usr/bin/python3\n"u8.ToArray())] };

        Assert.That(Unpack(Payload.Pack(input))["run.sh"], Does.Contain("step - 'a.py' './a.py'\n"));
    }

    [Test]
    public void Pack_RunList_BringsChefAndItsAttributes()
    {
        var files = Unpack(Payload.Pack(Input("a.sh") with { Group = s_group with { RunList = ["recipe[sudo]"] } }));

        Assert.That(files.Keys, Does.Contain("dna.json"));
        Assert.That(files["run.sh"], Does.Contain("chef-solo"));
    }

    [TestCase("plain", "'plain'")]
    [TestCase("it's", "'it'\\''s'")]
    [TestCase("$(rm -rf /) `x` \"y\" \\", "'$(rm -rf /) `x` \"y\" \\'")]
    [TestCase("", "''")]
    public void Quote_AnyText_IsOneWord(string text, string word) => Assert.That(Payload.Quote(text), Is.EqualTo(word));

    private static BakeInput Input(params string[] scripts) =>
        new(s_group, [.. scripts.Select(path => new PayloadFile(path, "true\n"u8.ToArray()))], []);

    private static Dictionary<string, string> Unpack(byte[] payload)
    {
        using var bytes = new MemoryStream(payload);
        using var plain = new GZipStream(bytes, CompressionMode.Decompress);
        using var archive = new TarReader(plain);
        var files = new Dictionary<string, string>();
        while (archive.GetNextEntry() is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream!);
            files.Add(entry.Name, reader.ReadToEnd());
        }

        return files;
    }
}
