using System.Text;
using Baker.Core.Manifest;
using FsCheck;
using FsCheck.Fluent;

namespace Baker.Core.Tests.Manifest;

/// <summary>What looks at sixteen bytes at a time finds what a loop over the bytes finds.</summary>
internal sealed class ByteScanTests
{
    private static Gen<byte[]> Texts => Gen.ArrayOf(Gen.OneOf(Gen.Elements("{}[]\"'\\/\n\t\u0000\u001f !z"u8.ToArray()), Gen.Choose(0, 255).Select(value => (byte)value)));

    [Test]
    public void StringStop_AnyBytes_IsTheFirstThatEndsOrNeedsALook()
    {
        var cases = Texts.SelectMany(text => Gen.Elements((byte)'"', (byte)'\'').Select(quote => (text, quote)));
        Prop.ForAll(cases.ToArbitrary(), each =>
            ByteScan.StringStop(each.text, each.quote) == Array.FindIndex(each.text, value => value < 32 || value == '"' || value == '\\' || value == each.quote)).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Marks_AnyBytes_AreThoseOfTheFirstBlock() => Prop.ForAll(Texts.ToArbitrary(), text =>
    {
        ByteScan.Marks(text, out var structure, out var stops);
        var block = text.Take(ByteScan.Block).ToArray();
        return structure == Bits(block, value => "{}[]\"'/"u8.Contains(value)) && stops == Bits(block, value => value < 32 || value == '"' || value == '\\');
    }).QuickCheckThrowOnFailure();

    /// <summary>The outline finds the same names and values as the parser that reads everything.</summary>
    [Test]
    public void Outline_ArbitraryManifest_IsWhatTheParserReads()
    {
        var texts = Json.Object(4).SelectMany(json => Gen.Elements(
            json.ToString(Newtonsoft.Json.Formatting.None),
            json.ToString(Newtonsoft.Json.Formatting.Indented),
            "// c {\n" + json.ToString(Newtonsoft.Json.Formatting.Indented).Replace(":", " : /* \" */ ", StringComparison.Ordinal).Replace("// no comment", "x", StringComparison.Ordinal) + " // }"));
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var source = new SourceText("nodes.json", Encoding.UTF8.GetBytes(text));
            var bag = new DiagnosticBag(source);
            var whole = ValueParser.Parse(new ValueTape(source), source.Start, source.Length, bag);
            var entries = OutlineReader.Read(source, new DiagnosticBag(source));
            if (whole is null)
            {
                return true; // no JSON either way
            }

            var parsed = new List<string>();
            foreach (var (name, value) in whole.Value.Properties)
            {
                parsed.Add($"{name.Text}={JsonTokens.Of(value)}");
            }

            var outlined = entries.Select(entry => $"{entry.Key}={JsonTokens.Of(ValueParser.Parse(new ValueTape(source), entry.Start, entry.End, bag)!.Value)}");
            return parsed.SequenceEqual(outlined);
        }).QuickCheckThrowOnFailure();
    }

    private static uint Bits(byte[] block, Func<byte, bool> holds) => block.Select((value, at) => holds(value) ? 1U << at : 0).Aggregate(0U, (all, bit) => all | bit);
}
