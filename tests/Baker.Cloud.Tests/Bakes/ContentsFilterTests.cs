using System.IO.Compression;
using System.Text;
using Baker.Cloud.Images;

namespace Baker.Cloud.Tests.Bakes;

internal sealed class ContentsFilterTests
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(1000)]
    public void Output_InPieces_IsShownWithoutTheListing(int size)
    {
        var shown = new StringBuilder();
        var filter = new ContentsFilter(text => shown.Append(text));

        foreach (var piece in $"==> a.sh\n@con\n x @contents y\n@contents {Listing()}\n@".Chunk(size))
        {
            filter.Add(new string(piece));
        }

        filter.End();

        Assert.That(shown.ToString(), Is.EqualTo("==> a.sh\n@con\n x @contents y\n@"));
        Assert.That(filter.Found!.Packages.Single().Name, Is.EqualTo("zlib1g"));
    }

    [Test]
    public void Listing_ThatIsTheEnd_IsFound()
    {
        var filter = new ContentsFilter(_ => Assert.Fail("nothing is to be shown"));

        filter.Add($"@contents {Listing()}");
        filter.End();

        Assert.That(filter.Found, Is.Not.Null);
    }

    private static string Listing()
    {
        using var bytes = new MemoryStream();
        using (var compressed = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            compressed.Write("deb\tzlib1g\t1:1.3\tamd64\n"u8);
        }

        return Convert.ToBase64String(bytes.ToArray());
    }
}
