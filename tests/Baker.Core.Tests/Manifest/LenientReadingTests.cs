using Baker.Core.Manifest;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Manifest;

public sealed class LenientReadingTests
{
    [Test]
    public void Reader_CommentsSingleQuotesTrailingCommasBareNames_AreRead()
    {
        var read = new ReadManifest("""
            // a comment
            { /* another */ 'web': { description: 'it\'s "fine"', 'run_list': ['recipe[a]', ], }, }
            // the end
            """);
        Assert.That(read.Diagnostics, Is.Empty);
        Assert.That(read.Group("web").Description, Is.EqualTo("it's \"fine\""));
    }

    [Test]
    public void Reader_ByteOrderMark_IsSkipped() =>
        Assert.That(new ReadManifest([0xEF, 0xBB, 0xBF, .. "{\"a\": {\"type\": 1}}"u8]).Errors.Single().Position.Column, Is.EqualTo(16));

    [TestCase("1.0")]
    [TestCase("0.1")]
    [TestCase("-0")]
    [TestCase("-0.0")]
    [TestCase("1e400")]
    [TestCase("1E+2")]
    [TestCase("12345678901234567890")]
    [TestCase("123456789012345678901234567890.123456789012345678901234567890")]
    [TestCase("\"2026-11-21T08:00:00Z\"")]
    [TestCase("\"/Date(1198908717056)/\"")]
    [TestCase("\"a\u2028b\"")]
    [TestCase("\"\\ud800\"")]
    [TestCase("\"\\u0000\\u001f\\n\"")]
    [TestCase("\"recipe[sudo]\"")]
    public void Role_Value_KeepsItsSpelling(string spelling)
    {
        var merged = new ReadManifest($"{{\"a\": {{\"default_attributes\": {{\"v\": {spelling}}}}}}}").Merged("a");
        var role = new Core.Artifacts.ArtifactBuffer();
        Core.Artifacts.RoleText.Write(merged, role);
        Assert.That(System.Text.Encoding.UTF8.GetString(role.Written), Does.Contain($"\"v\": {spelling}\n"));
    }

    [TestCase("1.0")]
    [TestCase("0.10")]
    [TestCase("-0")]
    [TestCase("1e400")]
    [TestCase("1E+2")]
    [TestCase("12345678901234567890")]
    [TestCase("9223372036854775807")]
    [TestCase("2")]
    public void JsonTokens_Number_IsWrittenAsSpelt(string spelling)
    {
        var merged = new ReadManifest($"{{\"a\": {{\"v\": {spelling}}}}}").Merged("a");
        Assert.That(MergedTokens.Of(merged).ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo($"{{\"v\":{spelling}}}"));
    }

    [Test]
    public void JsonTokens_DateLikeText_StaysText() =>
        Assert.That(MergedTokens.Of(new ReadManifest("{\"a\": {\"v\": \"2026-11-21T08:00:00Z\"}}").Merged("a"))["v"]!.Type, Is.EqualTo(JTokenType.String));
}
