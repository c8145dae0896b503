using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json;

namespace Baker.Core.Tests.Planning;

internal sealed class FleetJournalTests
{
    private static readonly string[] s_texts = ["", "web", "ami-1", "a b", "é\"\\\n", "arn:aws:x:y", "🚀"];

    [Test]
    public void Parse_WhatWasWritten_IsTheSame()
    {
        var text = Gen.Elements(s_texts);
        var texts = Gen.ArrayOf(text, 3).Select(items => items.ToImmutableArray());
        var journals =
            from words in Gen.ArrayOf(text, 8)
            from @group in Gen.Elements(GroupName.Parse("web"), GroupName.Parse("12_04-www.eu"))
            from lists in Gen.ArrayOf(texts, 3)
            from numbers in Gen.ArrayOf(Gen.Choose(0, 1_000_000), 5)
            from action in Gen.Elements(Enum.GetValues<FleetAction>())
            from flag in Gen.Elements(true, false)
            select new FleetJournal
            {
                Group = @group,
                Run = words[1],
                Action = action,
                Owner = words[2],
                Since = words[3],
                Step = words[4],
                Old = flag ? words[5] : null,
                New = flag ? null : words[6],
                Image = words[7],
                Fingerprint = words[0],
                Capacity = new Capacity(numbers[0], numbers[1], numbers[2]),
                Switched = flag,
                Suspended = lists[0],
                TargetGroups = lists[1],
                Services = lists[0],
                Alarms = lists[2],
                Soak = TimeSpan.FromSeconds(numbers[3]),
                KeepWarm = TimeSpan.FromSeconds(numbers[4]),
                Template = flag ? words[2] : null,
                FastRestore = flag ? lists[2] : null,
            };
        Prop.ForAll(journals.ToArbitrary(), journal =>
        {
            var read = FleetJournal.Parse(journal.ToText(), "/baker/web/journal");
            return Prop.Label(read.Group == journal.Group && JsonConvert.SerializeObject(read) == JsonConvert.SerializeObject(journal), read.ToText());
        }).QuickCheckThrowOnFailure();
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("{\"group\": \"web\", \"capacity\": [1]}")]
    [TestCase("{\"group\": \"web\", \"run\": \"r\", \"owner\": \"o\", \"step\": \"s\", \"action\": \"dance\", \"capacity\": [1, 2, 3]}")]
    [TestCase("{\"group\": \"../web\", \"run\": \"r\", \"owner\": \"o\", \"step\": \"s\", \"action\": \"run\", \"capacity\": [1, 2, 3]}")]
    public void Parse_NoJournal_NamesItAndWhatToDo(string text)
    {
        var error = Assert.Throws<BakerException>(() => FleetJournal.Parse(text, "/baker/web/journal"))!;
        Assert.That(error.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.StartWith("The journal /baker/web/journal cannot be read"));
    }
}
