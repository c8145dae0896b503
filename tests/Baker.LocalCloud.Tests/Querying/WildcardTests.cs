using System.Globalization;
using System.Text.RegularExpressions;
using Baker.LocalCloud.Querying;

namespace Baker.LocalCloud.Tests.Querying;

internal sealed class WildcardTests
{
    private static readonly string s_text = new('a', 255);

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
    public void Matches_Pattern_IsAsEc2Reads(string pattern, string? text, bool expected) => Assert.That(new Wildcard(pattern).Matches(text), Is.EqualTo(expected));

    [Test]
    public void Matches_ShortPatternsOfAllKinds_AreThoseOfARegularExpression()
    {
        string[] letters = ["a", "b", "*", "?"];
        var patterns = Enumerable.Range(0, 1024).Select(number => string.Concat(Enumerable.Range(0, 5).Select(place => letters[(number >> (2 * place)) & 3])));
        string[] texts = ["", "a", "b", "ab", "ba", "aab", "abab", "babab", "aaaaa", "abbabab"];
        var wrong = from pattern in patterns
                    from text in texts
                    let expected = Regex.IsMatch(text, "^" + pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("?", ".", StringComparison.Ordinal) + "$")
                    where new Wildcard(pattern).Matches(text) != expected
                    select $"{pattern} {text}";
        Assert.That(wrong, Is.Empty);
    }

    /// <summary>Of the patterns that a filter may have, the ones that take longest.</summary>
    [Test]
    [Platform("Linux", Reason = "it asks the kernel for a thread's processor time")]
    public void Matches_WorstPatterns_TakeNoLongerThanTheTextIsLong()
    {
        var began = ProcessorSeconds();
        string[] patterns =
        [
            string.Concat(Enumerable.Repeat("*a", 127)) + "b",
            "*" + new string('a', 253) + "b",
            "*" + new string('a', 126) + "b" + new string('a', 126) + "*",
            "*?" + new string('a', 120) + "b*",
            new string('*', 254) + "b",
        ];
        foreach (var wildcard in patterns.Select(pattern => new Wildcard(pattern)))
        {
            for (var round = 0; round < 40_000; round++)
            {
                Assert.That(wildcard.Matches(s_text), Is.False);
                Assert.That(round % 100 == 0 ? ProcessorSeconds() - began : 0, Is.LessThan(40));
            }
        }
    }

    /// <summary>What this thread has computed: the machine may be busy with other things.</summary>
    private static double ProcessorSeconds()
    {
        var words = File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ');
        return (int.Parse(words[11], CultureInfo.InvariantCulture) + int.Parse(words[12], CultureInfo.InvariantCulture)) / 100.0;
    }
}
