using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>
/// What is unpacked on an instance and run there: source trees, scripts, roles, cookbooks, data bags, DNA, and <c>run.sh</c> that
/// goes through them.
/// </summary>
public static class Payload
{
    /// <summary>
    /// Puts a source tree into its folder, and takes what an earlier commit had there and this one has not; what else is in the
    /// folder stays.
    /// </summary>
    private const string PutTree =
        """
        tree() (
            umask 022
            kept=/var/lib/baker-code
            mkdir -p "$2" "$kept" || exit
            if [ -f "$kept/$3" ]; then
                LC_ALL=C grep -vxFf "trees/$1.files" "$kept/$3" | (cd "$2" && while IFS= read -r gone; do
                    rm -f "./$gone" && rmdir -p "$(dirname "./$gone")" 2> /dev/null
                done)
            fi
            tar -xf "trees/$1.tar" -C "$2" && cp "trees/$1.files" "$kept/$3"
        )

        """;

    private const string Within =
        """
        within() (
            cd "$1" || exit
            shift
            "$@"
        )

        """;

    /// <summary>
    /// Runs a command once for what its first argument names: where it went well before, or still runs, it is not begun again. The
    /// link is made in one go, and names the process that runs it.
    /// </summary>
    private const string Once =
        """
        once() (
            kept="/var/lib/baker-tasks/$1"
            shift
            mkdir -p -m 700 /var/lib/baker-tasks || exit
            until ln -s "$$" "$kept.by" 2> /dev/null; do
                if [ -f "$kept" ]; then
                    echo 'it has been run before'
                    exit 0
                fi
                kill -0 "$(readlink "$kept.by" || echo none)" 2> /dev/null || rm -f "$kept.by"
                sleep 1
            done
            "$@"
            code=$?
            [ "$code" -ne 0 ] || touch "$kept"
            [ -f "$kept" ] || rm -f "$kept.by"
            exit "$code"
        )

        """;

    private const int LongestPlainName = 100;
    private static readonly DateTimeOffset s_epoch = DateTimeOffset.UnixEpoch;

    /// <summary>A compressed tar archive; the same input gives the same bytes.</summary>
    /// <param name="record">Where what each step did is written down, so that a later run can go on after it.</param>
    /// <param name="listsPackages">Whether it tells in the end which packages the machine has: of what an image is made from.</param>
    public static byte[] Pack(BakeInput input, StepRecord? record = null, bool listsPackages = false) =>
        Pack(Files(input, record, listsPackages));

    private static byte[] Pack(ImmutableArray<PayloadFile> files)
    {
        using var bytes = new MemoryStream();
        using (var compressed = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        using (var archive = new TarWriter(compressed, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in files)
            {
                using var content = new MemoryStream(file.Content.ToArray());
                // The newer format adds attributes to each file, and SSM carries little.
                TarEntry entry = file.Path.Length <= LongestPlainName && Ascii.IsValid(file.Path)
                    ? new UstarTarEntry(TarEntryType.RegularFile, file.Path)
                    : new PaxTarEntry(TarEntryType.RegularFile, file.Path);
                entry.Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                entry.ModificationTime = s_epoch;
                entry.DataStream = content;
                archive.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>What runs one thing on a node, a task's script or a command, and ends with its exit code.</summary>
    /// <param name="words">The command; without a script. One word alone is a line for the shell.</param>
    /// <param name="once">What it is run for, where the node is to run it once for that, whoever asks.</param>
    public static byte[] Pack(GroupName group, PayloadFile? script, IReadOnlyList<string> words, string? once = null)
    {
        var call = script is not null ? $"{string.Join(' ', words.Select(Quoting.Shell).Prepend(Call(script)))}"
            : words is [var line] ? $"within / sh -c {Quoting.Shell(line)}"
            : $"within / {string.Join(' ', words.Select(Quoting.Shell))}";
        var run = $$"""
            #!/bin/sh
            cd "$(dirname "$0")" || exit 1
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            export BAKER_GROUP={{Quoting.Shell(group)}}
            umask 022
            {{Within}}
            {{(once is null ? "" : Once)}}{{(once is null ? "" : $"once {Quoting.Shell(once)} ")}}{{call}}

            """.ReplaceLineEndings("\n");
        return Pack(script is null ? [Text("run.sh", run)] : [script, Text("run.sh", run)]);
    }

    private static ImmutableArray<PayloadFile> Files(BakeInput input, StepRecord? record, bool listsPackages)
    {
        var files = ImmutableArray.CreateBuilder<PayloadFile>();
        files.AddRange(input.Files.DistinctBy(file => file.Path));
        foreach (var (number, tree) in input.Code.Index())
        {
            files.Add(new PayloadFile($"trees/{number}.tar", tree.Archive.Value.Content));
            files.Add(Text($"trees/{number}.files", string.Concat(tree.Archive.Value.Files.Select(file => $"{file}\n"))));
        }

        files.Add(Text("run.sh", RunScript(input, record, listsPackages)));
        if (input.Group.RunList.Length > 0)
        {
            files.Add(Text("dna.json", DnaText.OfNode(input.Group, input.Datastores)));
        }

        return files.ToImmutable();
    }

    private static string RunScript(BakeInput input, StepRecord? record, bool listsPackages)
    {
        var hashes = record?.HashesOf(input);
        var first = input.Node.IsEmpty ? 0 : 1;
        var script = new StringBuilder(
            """
            #!/bin/sh
            # Provisions this machine: each step in order, the first that fails ends it with its exit code. Run again, after a
            # reboot that a step asked for with exit code 194, it goes on with that step.
            cd "$(dirname "$0")" || exit 1
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive

            """.ReplaceLineEndings("\n"));
        script.Append($"export BAKER_GROUP={Quoting.Shell(input.Group.Name)}\n");
        if (!input.DataBagSecret.IsEmpty)
        {
            script.Append($"trap 'rm -f {ChefRun.SecretFile}' EXIT\n");
        }

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
        if (input.Node.Length > 0)
        {
            script.Append($"step {hashes?[0] ?? "-"} 'baker-node' sh {Quoting.Shell("./" + NodeProgram.Install)}\n");
        }

        script.Append(input.Datastores is null ? "" : $"step - 'configuration' {NodeProgram.Fetch}\n");
        if (input.Announces)
        {
            script.Append("step - 'the services that it needs' ")
                .Append(input.Group.RunList.IsEmpty ? NodeProgram.Collect : NodeProgram.CollectForChef)
                .Append('\n');
        }

        script.Append(input.AwaitsConfiguration ? NodeProgram.Await.ReplaceLineEndings("\n") : "");
        if (input.Scripts.Any(file => file.Call?.Folder is not null))
        {
            script.Append(Within.ReplaceLineEndings("\n"));
        }

        if (!input.Code.IsEmpty)
        {
            script.Append(PutTree.ReplaceLineEndings("\n"));
        }

        foreach (var (number, tree) in input.Code.Index())
        {
            var list = tree.Source.Path.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
            var name = Quoting.Shell($"{tree.Source.Path} at {tree.Commit}");
            script.Append($"step {hashes?[first + number] ?? "-"} {name} tree {number} ")
                .Append($"{Quoting.Shell(tree.Source.Path)} {Quoting.Shell(list)}\n");
        }

        foreach (var (number, file) in input.Scripts.Index())
        {
            script.Append($"step {hashes?[first + input.Code.Length + number] ?? "-"} {Quoting.Shell(file.Path)} {Call(file)}\n");
        }

        if (input.Group.RunList.Length > 0)
        {
            foreach (var line in ChefRun.Prepare(input))
            {
                script.Append(line).Append('\n');
            }

            script.Append($"step {hashes?[^1] ?? "-"} \"chef-solo\" {ChefRun.Command}\n");
        }

        script.Append(input.Announces ? $"step - 'the services that it provides' {NodeProgram.Notify}\n" : "");
        script.Append(listsPackages ? PackageListing.Script.ReplaceLineEndings("\n") : "");
        return script.Append(record is null ? "" : StepRecord.End.ReplaceLineEndings("\n")).ToString();
    }

    /// <summary>What runs a script: its own interpreter, the machine itself, or the shell where it names none.</summary>
    private static string Call(PayloadFile file)
    {
        var content = file.Content.Span;
        var shell = content.StartsWith("#!"u8) || content.StartsWith("\u007fELF"u8) ? "" : "sh ";
        var call = $"{shell}{(file.Call?.Folder is null ? Quoting.Shell($"./{file.Path}") : $"\"$PWD\"/{Quoting.Shell(file.Path)}")}";
        call = string.Join(' ', (file.Call?.Arguments ?? []).Select(Quoting.Shell).Prepend(call));
        return file.Call?.Folder is { } folder ? $"within {Quoting.Shell(folder)} {call}" : call;
    }

    private static PayloadFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));
}
