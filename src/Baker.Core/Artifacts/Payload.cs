using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Baker.Core.Artifacts;

/// <summary>What is unpacked on an instance and run there: scripts, roles, DNA, and <c>run.sh</c> that goes through them.</summary>
public static class Payload
{
    private static readonly DateTimeOffset s_epoch = DateTimeOffset.UnixEpoch;

    /// <summary>A compressed tar archive; the same input gives the same bytes.</summary>
    /// <param name="record">Where what each step did is written down, so that a later run can go on after it.</param>
    public static byte[] Pack(BakeInput input, StepRecord? record = null)
    {
        using var bytes = new MemoryStream();
        using (var compressed = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        using (var archive = new TarWriter(compressed, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in Files(input, record))
            {
                using var content = new MemoryStream(file.Content.ToArray());
                archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, file.Path)
                {
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                    ModificationTime = s_epoch,
                    DataStream = content,
                });
            }
        }

        return bytes.ToArray();
    }

    private static ImmutableArray<PayloadFile> Files(BakeInput input, StepRecord? record)
    {
        var files = ImmutableArray.CreateBuilder<PayloadFile>();
        files.AddRange(input.Scripts.DistinctBy(script => script.Path));
        files.AddRange(input.Roles);
        files.Add(Text("run.sh", RunScript(input, record)));
        if (input.Group.RunList.Length > 0)
        {
            files.Add(Text("dna.json", DnaText.OfFleet(input.Group.Name)));
        }

        return files.ToImmutable();
    }

    private static string RunScript(BakeInput input, StepRecord? record)
    {
        var hashes = record?.HashesOf(input);
        var script = new StringBuilder(
            """
            #!/bin/sh
            # Provisions this machine: each step in order, the first that fails ends it with its exit code. Run again, after a
            # reboot that a step asked for with exit code 194, it goes on with that step.
            cd "$(dirname "$0")" || exit 1
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive

            """.ReplaceLineEndings("\n"));
        script.Append($"export BAKER_GROUP={Quote(input.Group.Name)}\n");
        script.Append(record is null ? StepRecord.None : record.Functions).Append(
            """
            number=0
            step() {
                number=$((number + 1))
                hash=$1
                shift
                if [ "$number" -le "$(cat steps-done 2> /dev/null || echo 0)" ] || was_done "$1"; then
                    return
                fi
                echo "==> $1"
                shift
                "$@"
                code=$?
                if [ "$code" -eq 194 ]; then
                    echo "==> asks for a reboot (exit code 194)"
                    exit 194
                fi
                if [ "$code" -ne 0 ]; then
                    echo "==> failed with exit code $code"
                    exit "$code"
                fi
                keep
                echo "$number" > steps-done
            }

            """.ReplaceLineEndings("\n"));
        foreach (var (index, file) in input.Scripts.Index())
        {
            var shell = file.Content.Span.StartsWith("#!"u8) ? "" : "sh ";
            script.Append($"step {hashes?[index] ?? "-"} {Quote(file.Path)} {shell}{Quote("./" + file.Path)}\n");
        }

        if (input.Group.RunList.Length > 0)
        {
            foreach (var line in ChefRun.Prepare)
            {
                script.Append(line).Append('\n');
            }

            script.Append($"step {hashes?[^1] ?? "-"} \"chef-solo\" {ChefRun.Command}\n");
        }

        script.Append(record is null ? "" : StepRecord.End);

        return script.ToString();
    }

    private static PayloadFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Makes any text one word of a POSIX shell.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
