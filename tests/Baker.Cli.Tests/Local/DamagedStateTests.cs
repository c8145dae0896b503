using System.Text;
using Baker.Cli.Tests.Bakes;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Local;

/// <summary>
/// Files of the state folder, damaged in every way: cut short, other bytes in them, lines lost and doubled, values of other kinds.
/// Whatever is in them, a command ends with a word and one of its own codes, and a journal that it cannot read stays as it is.
/// </summary>
internal sealed class DamagedStateTests
{
    private const int Rounds = 40;

    private static readonly string[] s_commands =
    [
        "local:status", "image:list", "autoscale:status", "instance:list", "packer:run --dry-run", "packer:clean --dry-run",
        "autoscale:update www --dry-run", "local:env", "packer:run", "autoscale:rollback www --dry-run",
    ];

    private static readonly JToken[] s_values =
    [
        JValue.CreateNull(), 1, -1, 1e308, "", true, new JArray(), new JObject(), new string('x', 100_000), new JArray(1), new JObject { ["a"] = null },
        JToken.Parse("99999999999999999999"), "2026-13-45T00:00:00Z", "\u0000", "\u001b[2J", "{", "{\"steps\":[null]}",
    ];

    [Test]
    public async Task Commands_OnDamagedFiles_EndWithAWordAndLoseNothing(
        [Values("state.jsonl", "key.json", "timings/local.json", "holder.json", "lock", "serve.json")] string name)
    {
        using var stage = new BakeStage(""" "www": {"description": "d", "provision": ["scripts/www.sh"], "autoscale": {"node_min": 1, "node_max": 2}} """) { Executes = false };
        stage.Project.Write("scripts/www.sh", "echo hello\n");
        foreach (var command in new[] { "packer:run", "autoscale:run www" })
        {
            var made = await stage.Project.RunAsync([.. command.Split(' '), "--no-exec"]);
            Assert.That(made.Code, Is.EqualTo(ExitCode.Done), made.Error);
        }

        stage.Project.Write(".package/serve.json", "{\"url\":\"http://127.0.0.1:9/\",\"process\":1,\"started\":1}\n");
        stage.Project.Write(".package/holder.json", "{\"ProcessId\":1,\"Command\":\"package packer:run\",\"Since\":\"2026-11-27T00:00:00+00:00\",\"Boot\":\"of a killed one\"}");
        var path = stage.Project.PathOf(Path.Combine(".package", name));
        var whole = await File.ReadAllBytesAsync(path);
        var journal = await File.ReadAllBytesAsync(stage.Project.PathOf(".package/state.jsonl"));
        var random = new Random(20261127);
        for (var round = 0; round < Rounds; round++)
        {
            await File.WriteAllBytesAsync(stage.Project.PathOf(".package/state.jsonl"), journal);
            var damaged = Damage(random, whole);
            await File.WriteAllBytesAsync(path, damaged);
            var command = s_commands[random.Next(s_commands.Length)];

            var run = await stage.Project.RunAsync([.. command.Split(' '), "--no-exec"]);

            var what = $"round {round}, {command} on {Encoding.UTF8.GetString(damaged[..Math.Min(damaged.Length, 400)])}: {run.Error}{run.Out}";
            Assert.That(run.Code, Is.AnyOf(ExitCode.Done, ExitCode.BadInput, ExitCode.Changes, ExitCode.CloudFailed, ExitCode.TimedOut), what);
            Assert.That(run.Error + run.Out, Does.Not.Contain("bug in Baker").And.Not.Contain("   at Baker."), what);
            if (name == "state.jsonl" && run.Error.Contains("damaged", StringComparison.Ordinal))
            {
                Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(damaged), what);
            }
        }
    }

    private static byte[] Damage(Random random, byte[] whole)
    {
        var lines = Encoding.UTF8.GetString(whole).Split('\n');
        var line = random.Next(lines.Length);
        switch (random.Next(10))
        {
            case 0: return whole[..random.Next(whole.Length + 1)];
            case 1: return Bytes(random, random.Next(300));
            case 2: return [.. whole, .. Bytes(random, 50)];
            case 3: return Encoding.UTF8.GetBytes(string.Join('\n', [.. lines[..line], .. lines[(line + 1)..]]));
            case 4: return Encoding.UTF8.GetBytes(string.Join('\n', [.. lines[..line], lines[line], .. lines[line..]]));
            case 5:
                var flipped = whole.ToArray();
                for (var i = 0; i < 5 && flipped.Length > 0; i++)
                {
                    flipped[random.Next(flipped.Length)] = (byte)random.Next(256);
                }

                return flipped;
            default: return OfAnotherKind(random, lines);
        }
    }

    /// <summary>One value of one line, or of the document, is another.</summary>
    private static byte[] OfAnotherKind(Random random, string[] lines)
    {
        var line = Array.FindIndex(lines, random.Next(lines.Length), each => each.StartsWith('['));
        var (before, text, after) = line < 0 ? ([], string.Join('\n', lines), []) : (lines[..line], lines[line], lines[(line + 1)..]);
        if (!text.TrimStart().StartsWith('{') && line < 0)
        {
            return "null\n"u8.ToArray();
        }

        using var reader = new Newtonsoft.Json.JsonTextReader(new StringReader(text)) { DateParseHandling = Newtonsoft.Json.DateParseHandling.None };
        var document = (JContainer)JToken.ReadFrom(reader);
        var values = document.DescendantsAndSelf().Where(each => each.Parent is not null && each is not JProperty).ToArray();
        if (values.Length > 0)
        {
            values[random.Next(values.Length)].Replace(s_values[random.Next(s_values.Length)].DeepClone());
        }

        return Encoding.UTF8.GetBytes(string.Join('\n', [.. before, document.ToString(Newtonsoft.Json.Formatting.None), .. after]));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
