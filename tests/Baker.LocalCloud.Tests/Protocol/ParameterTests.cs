using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Tests.Protocol;

public sealed class ParameterTests
{
    [Test]
    public void Name_OfMoreParts_ThanAnyParameterHas_IsRefused()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var refused = Assert.Throws<WireException>(() => Parameter.Tree([(string.Join('.', new string('A', 30_000).ToCharArray()), "x")], "UnknownParameter"))!;

        Assert.That(refused.Code, Is.EqualTo("UnknownParameter"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000_000));
    }

    [Test]
    public void Parameter_ThatNothingTook_IsNamedAsItCame()
    {
        var root = Parameter.Tree([("Filter.1.Name", "x"), ("Filter.1.Value.2", "y")], "UnknownParameter");

        foreach (var filter in root.Take("Filter")!.Items())
        {
            filter.Take("Name");
        }

        Assert.That(root.Unknown(), Is.EqualTo("Filter.1.Value"));
    }
}
