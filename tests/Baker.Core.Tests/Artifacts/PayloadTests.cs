using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Tests.Artifacts;

internal sealed class PayloadTests
{
    private static readonly NodeGroup s_group = new() { Name = GroupName.Parse("www"), Attributes = [] };

    [Test]
    public void Pack_Twice_IsTheSameBytes()
    {
        var first = Payload.Pack(Input("scripts/a.sh"));

        Assert.That(Payload.Pack(Input("scripts/a.sh")), Is.EqualTo(first));
    }

    [Test]
    public void Pack_ScriptNamedTwice_IsPackedOnceAndRunTwice()
    {
        var files = Unpack(Payload.Pack(Input("scripts/a.sh", "scripts/a.sh")));

        Assert.That(files.Keys, Is.EqualTo(new[] { "scripts/a.sh", "run.sh" }));
        Assert.That(files["run.sh"].Split('\n').Count(line => line == "step - 'scripts/a.sh' sh './scripts/a.sh'"), Is.EqualTo(2));
    }

    [Test]
    public void Pack_InAnEnvironment_TellsChefOfIt()
    {
        var group = s_group with { RunList = ["recipe[a]"], Environment = EnvironmentName.Parse("eu.prod") };
        var files = Unpack(Payload.Pack(new BakeInput(group, [], [])));

        Assert.That(files["run.sh"], Does.Contain("environment_path \"$PWD/environments\"\nenvironment \"eu_prod\"\nRUBY"));
        Assert.That(files["dna.json"], Does.Contain("\"chef_environment\": \"eu_prod\"").And.Contain("\"environment\": \"eu.prod\""));
    }

    [Test]
    public void Pack_ForAnImage_ListsPackagesAndForNodesDoesNot()
    {
        Assert.That(Unpack(Payload.Pack(Input("scripts/a.sh"), listsPackages: true))["run.sh"], Does.Contain(PackageListing.Mark));
        Assert.That(Unpack(Payload.Pack(Input("scripts/a.sh")))["run.sh"], Does.Not.Contain(PackageListing.Mark));
    }

    [Test]
    public void Pack_ScriptWithAnInterpreter_IsRunByIt()
    {
        var input = Input("a.py") with { Scripts = [new PayloadFile("a.py", "#!/usr/bin/python3\n"u8.ToArray())] };

        Assert.That(Unpack(Payload.Pack(input))["run.sh"], Does.Contain("step - 'a.py' './a.py'\n"));
    }

    [Test]
    public void Pack_RunList_BringsChefAndItsAttributes()
    {
        var files = Unpack(Payload.Pack(Input("a.sh") with { Group = s_group with { RunList = ["recipe[sudo]"] } }));

        Assert.That(files.Keys, Does.Contain("dna.json"));
        Assert.That(files["run.sh"], Does.Contain("chef-solo"));
    }

    [Test]
    public void Pack_CookbooksDataBagsAndDna_AreBesideTheRoles()
    {
        var input = Input() with
        {
            Group = s_group with { RunList = ["recipe[a]"], Dna = new() { ["app"] = new Newtonsoft.Json.Linq.JObject { ["port"] = 8080 } } },
            Cookbooks = [new PayloadFile("cookbooks/a/recipes/default.rb", "x"u8.ToArray())],
            DataBags = [new PayloadFile("data_bags/b/c.json", "{}"u8.ToArray())],
            DataBagSecret = "sesame"u8.ToArray(),
        };
        var files = Unpack(Payload.Pack(input));

        Assert.That(files.Keys, Is.EqualTo(new[] { "cookbooks/a/recipes/default.rb", "data_bags/b/c.json", "run.sh", "dna.json" }));
        Assert.That(Newtonsoft.Json.Linq.JObject.Parse(files["dna.json"]).ToString(Newtonsoft.Json.Formatting.None), Is.EqualTo("{\"id\":\"www\",\"run_list\":[\"role[role-www]\"],\"app\":{\"port\":8080}}"));
        Assert.That(files["run.sh"], Does.Contain("data_bag_path \"$PWD/data_bags\"").And.Contain("encrypted_data_bag_secret \"/dev/shm/baker-data-bag-secret\""));
        Assert.That(string.Concat(files.Values), Does.Not.Contain("sesame"));
    }

    [TestCase(false, false, "roles")]
    [TestCase(true, false, "cookbooks roles")]
    [TestCase(true, true, "cookbooks data_bags roles")]
    public void Pack_SoloRb_NamesTheFoldersThatAreSentAndNoOther(bool cookbooks, bool dataBags, string expected)
    {
        var files = Unpack(Payload.Pack(Input() with
        {
            Group = s_group with { RunList = ["recipe[a]"] },
            Roles = [new PayloadFile("roles/role-www.json", "{}"u8.ToArray())],
            Cookbooks = cookbooks ? [new PayloadFile("cookbooks/a/recipes/default.rb", "x"u8.ToArray())] : [],
            DataBags = dataBags ? [new PayloadFile("data_bags/b/c.json", "{}"u8.ToArray())] : [],
        }));

        var named = Regex.Matches(files["run.sh"], "_path .*").SelectMany(line => Regex.Matches(line.Value, @"\$PWD/(\w+)""")).Select(match => match.Groups[1].Value).Except(["cache"]).Order(StringComparer.Ordinal).ToArray();
        Assert.That(named, Is.EqualTo(expected.Split(' ')));
        Assert.That(named, Is.EqualTo(files.Keys.Where(path => path.Contains('/', StringComparison.Ordinal)).Select(path => path.Split('/')[0]).Distinct().Order(StringComparer.Ordinal)));
    }

    [TestCase("\u007fELF\u0002", "step - 'a' './a'\n")]
    [TestCase("#!/usr/bin/env ruby\n", "step - 'a' './a'\n")]
    [TestCase("echo\n", "step - 'a' sh './a'\n")]
    public void Pack_Script_IsRunByWhatItNames(string content, string step)
    {
        var input = Input() with { Scripts = [new PayloadFile("a", System.Text.Encoding.UTF8.GetBytes(content))] };

        Assert.That(Unpack(Payload.Pack(input))["run.sh"], Does.Contain(step));
    }

    [Test]
    public void Pack_ArgumentsAndAFolder_AreTheScripts()
    {
        var call = new ScriptCall("s/a.py") { Arguments = ["--fast", "it's"], Folder = "/srv/my app" };
        var input = Input() with { Scripts = [new PayloadFile("s/a.py", "#!/usr/bin/python3\n"u8.ToArray()) { Call = call }] };

        Assert.That(Unpack(Payload.Pack(input))["run.sh"], Does.Contain("step - 's/a.py' within '/srv/my app' \"$PWD\"/'s/a.py' '--fast' 'it'\\''s'\n"));
    }

    [TestCase("plain", "'plain'")]
    [TestCase("it's", "'it'\\''s'")]
    [TestCase("$(rm -rf /) `x` \"y\" \\", "'$(rm -rf /) `x` \"y\" \\'")]
    [TestCase("", "''")]
    public void Quote_AnyText_IsOneWord(string text, string word) => Assert.That(Quoting.Shell(text), Is.EqualTo(word));

    private static BakeInput Input(params string[] scripts) =>
        new(s_group, [.. scripts.Select(path => new PayloadFile(path, "true\n"u8.ToArray()))], []);

    internal static Dictionary<string, string> Unpack(byte[] payload)
    {
        using var bytes = new MemoryStream(payload);
        using var plain = new GZipStream(bytes, CompressionMode.Decompress);
        using var archive = new TarReader(plain);
        var files = new Dictionary<string, string>();
        while (archive.GetNextEntry() is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream!);
            files.Add(entry.Name, reader.ReadToEnd());
        }

        return files;
    }
}
