using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using Baker.Core.Artifacts;

namespace Baker.Core.Tests.Artifacts;

public sealed class ContentsTests
{
    [Test]
    public void Listing_OfEveryKind_IsReadAndTheRestPassedOver()
    {
        var listing = PackageListing.Parse(Packed("os\tubuntu\t24.04\t\ndeb\tzlib1g\t1:1.3\tamd64\nrpm\tzlib\t1.3-1\tx86_64\napk\tzlib\t1.3-r0\tx86_64\nnoise\nsnap\ta\tb\tc\n"))!;

        Assert.That((listing.System, listing.SystemVersion), Is.EqualTo(("ubuntu", "24.04")));
        Assert.That(listing.Packages.Select(package => (package.Kind, package.Version)), Is.EqualTo(new[] { ("apk", "1.3-r0"), ("rpm", "1.3-1"), ("deb", "1:1.3") }));
    }

    [TestCase("")]
    [TestCase("no base64 !")]
    [TestCase("aGVsbG8=")]
    public void Listing_ThatIsNone_IsNull(string text) => Assert.That(PackageListing.Parse(text), Is.Null.Or.Property("Packages").Empty);

    [Test]
    public void Bill_WrittenAndRead_IsTheSame()
    {
        var contents = Image("ami-1", "openssl 3.0.1", "libc6 2.36") with
        {
            SourceImageId = "ami-0",
            Fingerprint = "ff",
            Code = Code("1111"),
        };

        var read = CycloneDx.Read(CycloneDx.Write(contents))!;

        Assert.That(CycloneDx.Write(read), Is.EqualTo(CycloneDx.Write(contents)));
        Assert.That(read.Packages!.Packages, Has.Length.EqualTo(2));
        Assert.That(read.Finished, Is.EqualTo(contents.Finished));
    }

    [TestCase("{}")]
    [TestCase("[1]")]
    [TestCase("nothing")]
    [TestCase("{\"bomFormat\": \"CycloneDX\", \"metadata\": {\"component\": {\"name\": 1}}}")]
    public void Bill_OfOthers_IsNull(string text) => Assert.That(CycloneDx.Read(text), Is.Null);

    [Test]
    public void Difference_OfTwo_NamesPackagesFilesAndCommits()
    {
        var before = Image("ami-1", "openssl 3.0.1", "libc6 2.36", "gone 1") with { Code = Code("1111") };
        var after = Image("ami-2", "openssl 3.0.2", "libc6 2.36", "new 1") with
        {
            Files = before.Files.SetItem("scripts/a.sh", "other").Add("roles/new.json", "x"),
            Code = Code("2222"),
        };

        var difference = ContentsDifference.Of(before, after);

        Assert.That(difference.Packages, Is.EqualTo(new[] { ("gone", "1", ""), ("new", "", "1"), ("openssl", "3.0.1", "3.0.2") }));
        Assert.That(difference.Files, Is.EqualTo(new[] { ("roles/new.json", "added"), ("scripts/a.sh", "changed") }));
        Assert.That(difference.Code.Single().After!.Commit, Is.EqualTo("2222"));
        Assert.That(ContentsDifference.Of(before, before).IsEmpty, Is.True);
    }

    private static ImageContents Image(string id, params string[] packages) => new(
        "www",
        id,
        "www 2026",
        new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero),
        new PackageListing("debian", "12", [.. packages.Select(text => text.Split(' ')).Select(words => new ImagePackage("deb", words[0], words[1], "amd64"))]),
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("scripts/a.sh", "aa"));

    private static ImmutableSortedDictionary<string, CodeTag> Code(string commit) => ImmutableSortedDictionary.Create<string, CodeTag>(StringComparer.Ordinal).Add("/srv/app", new CodeTag("/srv/app", commit, "main", "git@example.com:app.git"));

    private static string Packed(string text)
    {
        using var bytes = new MemoryStream();
        using (var compressed = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            compressed.Write(Encoding.UTF8.GetBytes(text));
        }

        return Convert.ToBase64String(bytes.ToArray());
    }
}
