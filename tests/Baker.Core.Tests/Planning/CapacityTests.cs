using Baker.Core.Planning;

namespace Baker.Core.Tests.Planning;

public sealed class CapacityTests
{
    private static readonly Capacity s_live = new(2, 6, 4);

    [TestCase(null, null, null, "2/6/4")]
    [TestCase(8, 20, 14, "8/20/14")]
    [TestCase(5, null, null, "5/6/5")]
    [TestCase(1, 3, null, "1/3/3")]
    [TestCase(null, null, 6, "2/6/6")]
    public void With_WhatIsGiven_ChangesThatAndMovesTheRestIntoIt(int? min, int? max, int? desired, string expected)
    {
        var after = s_live.With(min, max, desired, "www-v002");

        Assert.That(after.ToText(), Is.EqualTo(expected));
        Assert.That(Capacity.TryParse(after.ToText()), Is.EqualTo(after));
    }

    // The numbers of the second case are those of a team's own write-up.
    [TestCase(7, null, null, "A minimum of 7 is above the maximum of 6.")]
    [TestCase(2, 6, 1, "1 is not between the minimum 2 and the maximum 6 of www-v002.")]
    [TestCase(null, null, 7, "7 is not between the minimum 2 and the maximum 6 of www-v002.")]
    public void With_NumbersThatContradict_SaysSo(int? min, int? max, int? desired, string words) =>
        Assert.That(() => s_live.With(min, max, desired, "www-v002"), Throws.InstanceOf<BakerException>().With.Message.EqualTo(words));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("1/2")]
    [TestCase("1/2/x")]
    [TestCase("-1/2/1")]
    public void TryParse_OfWhatIsNone_IsNull(string? text) => Assert.That(Capacity.TryParse(text), Is.Null);
}
