using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Manifest;

public sealed class NewtonsoftAgreementTests
{
    [Test]
    public void Reader_LenientText_ReadsWhatNewtonsoftReads()
    {
        var cases = Json.Object(2).SelectMany(item => Gen.ArrayOf(Gen.Choose(0, 99), 200).Select(dice => Lenient(item, new Queue<int>(dice))));
        Prop.ForAll(cases.ToArbitrary(), text =>
        {
            var manifest = $"{{ 'g' : {{ 'x' : {text} }} }}";
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, FloatParseHandling = FloatParseHandling.Decimal };
            var expected = JObject.Load(reader).ToString(Formatting.None);
            var actual = MergedTokens.Of(new ReadManifest(manifest).Merged("g"))["x"]!.ToString(Formatting.None);
            return Prop.Label(actual == expected, $"ACTUAL {actual}\nEXPECT {expected}\n{text}");
        }).QuickCheckThrowOnFailure();
    }

    // Writes JSON the way people do: comments, single quotes, bare names, trailing commas, line breaks in texts, any white space.
    private static string Lenient(JToken value, Queue<int> dice)
    {
        var text = new StringBuilder();
        Write(text, value, dice);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JToken value, Queue<int> dice)
    {
        Space(text, dice);
        switch (value)
        {
            case JObject item:
                text.Append('{');
                WriteAll(text, item.Properties(), dice, property =>
                {
                    Space(text, dice);
                    text.Append(property.Name is "a" or "b" or "run_list" && Roll(dice) < 30 ? property.Name : Quote(property.Name, dice));
                    text.Append(Roll(dice) < 20 ? " \t\n" : ""); // Newtonsoft.Json takes no comment here
                    text.Append(':');
                    Write(text, property.Value, dice);
                });
                text.Append('}');
                break;
            case JArray array:
                text.Append('[');
                WriteAll(text, array, dice, entry => Write(text, entry, dice));
                text.Append(']');
                break;
            case { Type: JTokenType.String }:
                text.Append(Quote((string)value!, dice));
                break;
            default:
                text.Append(value.ToString(Formatting.None));
                break;
        }

        Space(text, dice);
    }

    private static void WriteAll<T>(StringBuilder text, IEnumerable<T> items, Queue<int> dice, Action<T> write)
    {
        var all = items.ToArray();
        for (var index = 0; index < all.Length; index++)
        {
            write(all[index]);
            if (index < all.Length - 1 || Roll(dice) < 30)
            {
                text.Append(',');
            }
        }

        Space(text, dice);
    }

    private static string Quote(string value, Queue<int> dice) => Roll(dice) switch
    {
        < 40 => JsonConvert.ToString(value, '\''),
        < 60 => "\"" + string.Concat(value.Select(c => $"\\u{(int)c:x4}")) + "\"",
        < 70 => "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"",
        _ => JsonConvert.ToString(value),
    };

    private static void Space(StringBuilder text, Queue<int> dice) => text.Append(Roll(dice) switch
    {
        < 70 => "",
        < 80 => " \t\r\n",
        < 90 => "/* a 'comment' } */",
        _ => "// a \"comment\" {\n",
    });

    private static int Roll(Queue<int> dice)
    {
        var roll = dice.Dequeue();
        dice.Enqueue(roll);
        return roll;
    }
}
