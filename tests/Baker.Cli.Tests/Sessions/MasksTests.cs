using Baker.Cli.Sessions;

namespace Baker.Cli.Tests.Sessions;

public sealed class MasksTests
{
    [Test]
    public void Secret_IsMasked_WholeInLinesAndInJson()
    {
        var masks = Of("hunter2", "hunter2-and-more", "first line\nsecond line", "quo\"ted", "abc");

        Assert.That(
            masks.In("hunter2 hunter2-and-more; first line, second line; quo\\\"ted quo\"ted; abc"),
            Is.EqualTo("******** ********; ********, ********; ******** ********; abc"));
    }

    [Test]
    public void Secrets_ThatOverlap_LeaveNothingOfEither() =>
        Assert.That(Of("xabcd", "cdefgh").In("1xabcdefgh2 xabcdxabcd"), Is.EqualTo("1********2 ****************"));

    [Test]
    public void Nothing_IsMasked_WithoutSecrets() => Assert.That(new Masks().In("hunter2"), Is.EqualTo("hunter2"));

    [Test]
    public void Output_InPieces_ShowsWhatIsNoBeginningOfASecretAtOnce()
    {
        var output = new MaskedOutput(Of("hunter2", "hunter2-and-more"));

        var shown = new[] { "Name: ", "hun", "dred hunter", "2", "-and", "-more.", " hunter2-", "x hunt" }.Select(output.Add).ToList();

        Assert.That(
            shown.Append(output.End()),
            Is.EqualTo(new[] { "Name: ", "", "hundred ", "", "", "********.", " ", "********-x ", "hunt" }));
    }

    [Test]
    public void Output_CutAnywhere_IsMaskedAsTheWholeIs([Range(1, 9)] int size)
    {
        var masks = Of("abab", "babc", "secret", "line one\nline two", "aaaa");
        const string Text = "ababab babc ababc secretsecret sec line one\nline two aaaaaaa ab";
        var output = new MaskedOutput(masks);

        var shown = string.Concat(Text.Chunk(size).Select(piece => output.Add(new string(piece)))) + output.End();

        Assert.That(shown, Is.EqualTo(masks.In(Text)));
    }

    private static Masks Of(params string[] secrets)
    {
        var masks = new Masks();
        masks.Add(secrets);
        return masks;
    }
}
