using Baker.Cli.Sessions;

namespace Baker.Cli.Tests.Sessions;

public sealed class MasksTests
{
    [Test]
    public void Secret_IsMasked_WholeInLinesAndInJson()
    {
        var masks = new Masks();
        masks.Add(["hunter2", "hunter2-and-more", "first line\nsecond line", "quo\"ted", "abc"]);

        Assert.That(
            masks.In("hunter2 hunter2-and-more; first line, second line; quo\\\"ted quo\"ted; abc"),
            Is.EqualTo("******** ********; ********, ********; ******** ********; abc"));
    }

    [Test]
    public void Nothing_IsMasked_WithoutSecrets() => Assert.That(new Masks().In("hunter2"), Is.EqualTo("hunter2"));
}
