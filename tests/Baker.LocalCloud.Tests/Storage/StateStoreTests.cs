using System.Text;
using System.Text.RegularExpressions;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Tests.Storage;

public sealed class StateStoreTests
{
    [Test]
    public async Task Store_OpenedAgain_HasWhatWasWritten()
    {
        await using var folder = new TemporaryFolder();
        using (var store = new StateStore(folder.Path))
        {
            var notes = store.Table("notes", NoteJson.Default.Note);
            store.Write(() => notes.Put(new Note("b", "two")));
            store.Write(() => notes.Put(new Note("a", "one")));
            store.Write(() => notes.Remove("b"));
        }

        using var again = new StateStore(folder.Path);
        Assert.That(again.Table("notes", NoteJson.Default.Note).All, Is.EqualTo(new[] { new Note("a", "one") }));
    }

    [Test]
    public async Task Store_KilledWhileWriting_KeepsEveryAcknowledgedTransaction()
    {
        await using var folder = new TemporaryFolder();
        using (var store = new StateStore(folder.Path))
        {
            var notes = store.Table("notes", NoteJson.Default.Note);
            store.Write(() => notes.Put(new Note("a", "one")));
            store.Write(() =>
            {
                notes.Put(new Note("b", "two"));
                notes.Put(new Note("c", "three"));
            });
        }

        var whole = await File.ReadAllBytesAsync(folder["state.jsonl"]);
        var first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var length = first; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(folder["state.jsonl"], whole[..length]);
            using var store = new StateStore(folder.Path);
            var notes = store.Table("notes", NoteJson.Default.Note);
            Assert.That(notes.All.Select(n => n.Id), Is.EqualTo(new[] { "a" }), $"cut at {length}");
            store.Write(() => notes.Put(new Note("d", "four")));
            Assert.That(File.ReadAllText(folder["state.jsonl"]).TrimEnd('\0').Split('\n'), Has.Length.EqualTo(3).And.Exactly(1).Empty);
        }
    }

    [Test]
    public async Task Transaction_ThatThrows_ChangesNothing()
    {
        await using var folder = new TemporaryFolder();
        using var store = new StateStore(folder.Path);
        var notes = store.Table("notes", NoteJson.Default.Note);
        var byText = notes.IndexBy(n => n.Text);
        store.Write(() => notes.Put(new Note("a", "one")));
        Assert.Throws<InvalidOperationException>(() => store.Write(() =>
        {
            notes.Put(new Note("a", "changed"));
            notes.Put(new Note("b", "new"));
            throw new InvalidOperationException();
        }));
        Assert.That(notes.All, Is.EqualTo(new[] { new Note("a", "one") }));
        Assert.That(byText["one"], Has.Count.EqualTo(1));
        Assert.That(byText["changed"], Is.Empty);
    }

    [Test]
    public async Task Journal_ThatGrew_IsCompactedAndKeepsTablesNobodyAskedFor()
    {
        await using var folder = new TemporaryFolder();
        var text = new string('x', 100_000);
        using (var store = new StateStore(folder.Path))
        {
            var notes = store.Table("notes", NoteJson.Default.Note);
            var others = store.Table("others", NoteJson.Default.Note);
            store.Write(() => others.Put(new Note("o", "kept")));
            for (var i = 0; i < 200; i++)
            {
                store.Write(() => notes.Put(new Note("a", text + i)));
            }
        }

        Assert.That(new FileInfo(folder["state.jsonl"]).Length, Is.LessThan(9_000_000));
        using (var store = new StateStore(folder.Path))
        {
            Assert.That(store.Table("notes", NoteJson.Default.Note).Find("a")!.Text, Is.EqualTo(text + 199));
        }

        using var last = new StateStore(folder.Path);
        Assert.That(last.Table("others", NoteJson.Default.Note).Find("o")!.Text, Is.EqualTo("kept"));
    }

    [Test]
    [Platform("Linux")]
    public async Task Store_DiskFills_RefusesWhatIsAskedKeepsWhatHappensAndGoesOnWhenThereIsRoom()
    {
        await using var folder = new TemporaryFolder();
        using var disk = await SmallDisk.MountAsync(folder["disk"], "2m");
        var acknowledged = new List<Note>();
        using (var store = new StateStore(disk.Folder))
        {
            var notes = store.Table("notes", NoteJson.Default.Note);
            store.Write(() => notes.Put(new Note("first", "one")));
            disk.Fill();
            var refused = Assert.Throws<IOException>(() =>
            {
                for (var i = 0; ; i++)
                {
                    var note = new Note($"n{i:D6}", new string('x', 5_000));
                    store.Write(() => notes.Put(note));
                    acknowledged.Add(note);
                }
            })!;
            Assert.That(refused.Message, Does.Contain("No space left"));
            Assert.That(acknowledged, Is.Not.Empty, "the journal has room of its own");
            Assert.That(notes.All, Is.EquivalentTo(acknowledged.Prepend(new Note("first", "one"))));

            store.Write(() => notes.Remove(acknowledged[0].Id));
            acknowledged.RemoveAt(0);
            for (var i = 0; i < 50; i++)
            {
                store.Write(() => notes.Put(new Note("first", new string('y', 5_000 + i))), waits: true);
            }

            Assert.That(notes.Find("first")!.Text, Has.Length.EqualTo(5_049), "what has happened has happened");
            Assert.That(File.ReadAllText(Path.Combine(disk.Folder, "state.jsonl")), Does.Not.Contain(new string('y', 5_049)), "or nothing had to wait");
            Assert.Throws<IOException>(() => store.Write(() => notes.Put(new Note("more", ""))));

            disk.Empty();
            store.Write(() => notes.Put(new Note("more", "")));
        }

        using var again = new StateStore(disk.Folder);
        var kept = again.Table("notes", NoteJson.Default.Note);
        Assert.That(kept.Find("first")!.Text, Has.Length.EqualTo(5_049));
        Assert.That(kept.All.Select(n => n.Id), Is.EquivalentTo(acknowledged.Select(n => n.Id).Append("first").Append("more")));
    }

    [TestCase("""[["notes","b",{"Name":"b","Text":"two"}]]""", TestName = "PropertyRenamed")]
    [TestCase("""[["notes","b",{"Id":null,"Text":"two"}]]""", TestName = "IdNull")]
    [TestCase("""[["notes","b",{"Id":"c","Text":"two"}]]""", TestName = "IdOfAnother")]
    [TestCase("""[["notes","b",{"Id":"b","Text":99999999999}]]""", TestName = "NumberInPlaceOfText")]
    [TestCase("""[["notes","b",[]]]""", TestName = "ListInPlaceOfAnObject")]
    [TestCase("""[["notes",7,{"Id":"b","Text":"two"}]]""", TestName = "NumberInPlaceOfAnId")]
    [TestCase("""["notes"]""", TestName = "TextInPlaceOfAChange")]
    [TestCase("""{"notes":[]}""", TestName = "ObjectInPlaceOfATransaction")]
    [TestCase("""[["notes","b",{"Id":"b","Text":"two"}]] []""", TestName = "TwoTransactionsInALine")]
    [TestCase("[[\"notes\",\"\u00ff\",{\"Id\":\"b\",\"Text\":\"two\"}]]", TestName = "IdThatIsNoUtf8")]
    [TestCase("[[\"notes\",\"b\",{\"Id\":\"b\",\"Text\":\"\u00ff\"}]]", TestName = "TextThatIsNoUtf8")]
    public async Task Journal_ThatIsStillJson_IsDamagedNevertheless(string line)
    {
        await using var folder = new TemporaryFolder();
        var whole = """[["notes","a",{"Id":"a","Text":"one"}]]""" + "\n";
        await File.WriteAllTextAsync(folder["state.jsonl"], $"{whole}{line}\n{whole}", Encoding.Latin1);

        var damaged = Assert.Throws<StateDamagedException>(() => Open(folder))!;

        Assert.That(damaged.Message, Does.Contain("state.jsonl is damaged at byte ").And.Contain("local:reset"));

        static void Open(TemporaryFolder folder)
        {
            using var store = new StateStore(folder.Path);
            store.Table("notes", NoteJson.Default.Note);
        }
    }

    [TestCase("\"CreatedAt\":\"[^\"]*\"", "\"CreatedAt\":\"9999-99-99\"", TestName = "DateThatIsNone")]
    [TestCase("\"Id\":", "\"Name\":", TestName = "IdRenamed")]
    [TestCase("\"Size\":[0-9]+", "\"Size\":99999999999", TestName = "NumberTooLarge")]
    public async Task Cloud_WhoseStateWasChanged_IsDamaged(string before, string after)
    {
        await using var folder = new TemporaryFolder();
        await using (var cloud = await TestCloud.OpenAsync(folder: folder))
        {
            await cloud.EC2.CreateVolumeAsync(new() { AvailabilityZone = "us-east-1a", Size = 1 });
        }

        var path = Path.Combine(folder["project/.package"], "state.jsonl");
        var changed = Regex.Replace(await File.ReadAllTextAsync(path), before, after);
        Assert.That(changed, Is.Not.EqualTo(await File.ReadAllTextAsync(path)), "or nothing would be damaged");
        await File.WriteAllTextAsync(path, changed);

        await Assert.ThrowsAsync<StateDamagedException>(() => TestCloud.OpenAsync(folder: folder));
    }

    [Test]
    public async Task Lock_HeldByAnother_SaysByWhom()
    {
        await using var folder = new TemporaryFolder();
        using var held = await StateLock.TakeAsync(folder.Path, "package packer:run", TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        var busy = await Assert.ThrowsAsync<StateBusyException>(() =>
            StateLock.TakeAsync(folder.Path, "package local:status", TimeSpan.FromMilliseconds(120), TimeProvider.System, CancellationToken.None));
        Assert.That(busy!.Message, Does.Contain("package packer:run").And.Contain(Environment.ProcessId.ToString()));
    }
}
