using System.Text.RegularExpressions;
using Baker.LocalCloud.Querying;

namespace Baker.LocalCloud.Tests.Querying;

internal sealed class WildcardTests
{
    [TestCase("web", "web", true)]
    [TestCase("web", "Web", false)]
    [TestCase("web", null, false)]
    [TestCase("", "", true)]
    [TestCase("*", "", true)]
    [TestCase("?", "", false)]
    [TestCase("w?b", "web", true)]
    [TestCase("w?b", "wb", false)]
    [TestCase("*b", "web", true)]
    [TestCase("w*", "web", true)]
    [TestCase("w*x", "web", false)]
    [TestCase("*a*b*", "xxaxxbxx", true)]
    [TestCase("*a*b", "xxaxxbxb", true)]
    [TestCase("*a*b", "xxaxxbxx", false)]
    [TestCase("w\\*b", "w*b", true)]
    [TestCase("w\\*b", "web", false)]
    [TestCase("*\\?", "web?", true)]
    [TestCase("web\\", "web\\", true)]
    [TestCase("**?**", "", false)]
    [TestCase("**?**", "x", true)]
    public void Matches_Pattern_IsAsEc2Reads(string pattern, string? text, bool expected) => Assert.That(Wildcard.Matches(pattern, text), Is.EqualTo(expected));

    [Test]
    public void Matches_ShortPatternsOfAllKinds_AreThoseOfARegularExpression()
    {
        string[] letters = ["a", "b", "*", "?"];
        var patterns = Enumerable.Range(0, 1024).Select(number => string.Concat(Enumerable.Range(0, 5).Select(place => letters[(number >> (2 * place)) & 3])));
        string[] texts = ["", "a", "b", "ab", "ba", "aab", "abab", "babab", "aaaaa", "abbabab"];
        var wrong = from pattern in patterns
                    from text in texts
                    let expected = Regex.IsMatch(text, "^" + pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("?", ".", StringComparison.Ordinal) + "$")
                    where Wildcard.Matches(pattern, text) != expected
                    select $"{pattern} {text}";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    [CancelAfter(20_000)]
    public void Matches_ManyStars_TakesNoLongerThanTheTextIsLong(CancellationToken stop)
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 60)) + "b";
        for (var round = 0; round < 200; round++)
        {
            stop.ThrowIfCancellationRequested();
            Assert.That(Wildcard.Matches(pattern, new string('a', 255)), Is.False);
        }
    }
}
