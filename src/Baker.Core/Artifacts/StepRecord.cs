using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>
/// What the steps of a provisioning write down on the instance: of each that succeeded a hash of itself and all before it, and its
/// output. A later run on the same instance passes over those whose hashes are still the same. All this stands in the payload's
/// folder; the log, and the folders of other runs, are beside that.
/// </summary>
/// <param name="Fingerprint">Of all that the image is made of; the Chef run counts as done only where nothing changed at all.</param>
/// <param name="After">The run whose record the instance has; null where it has none.</param>
public sealed record StepRecord(string Fingerprint, string? After)
{
    /// <summary>Shell functions for where nothing is written down.</summary>
    internal const string None = "was_done() { return 1; }\nkeep() { :; }\n";

    /// <summary>The end of the provisioning: puts the outputs of all runs together, as if they had been one.</summary>
    internal const string End =
        """
        forget
        if [ -e resumed ]; then
            number=1
            while [ -e "output-$number" ]; do
                cat "output-$number"
                number=$((number + 1))
            done > ../whole
            tail -c "+$(($(cat logged) + 1))" ../log >> ../whole
        fi

        """;

    internal string Functions =>
        $$"""
        after={{(After is null ? "" : Quoting.Shell($"../../{After}"))}}
        forget() {
            [ -z "$after" ] || rm -rf "$after"
            after=
        }
        was_done() {
            if [ -n "$after" ] && [ "$(sed -n "${number}p" "$after/payload/record" 2> /dev/null)" = "$hash" ]; then
                echo "==> $1 was done before"
                : > resumed
                cp "$after/payload/output-$number" . && note
                return
            fi
            forget
            return 1
        }
        keep() {
            tail -c "+$(($(cat logged 2> /dev/null || echo 0) + 1))" ../log > "output-$number"
            note
        }
        note() {
            wc -c < ../log > logged
            echo "$hash" >> record
            echo "$number" > steps-done
        }

        """.ReplaceLineEndings("\n");

    /// <summary>A hash for each step, which is that of all steps up to it.</summary>
    internal ImmutableArray<string> HashesOf(BakeInput input)
    {
        var hashes = ImmutableArray.CreateBuilder<string>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (!input.Node.IsEmpty)
        {
            foreach (var file in input.Node)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{file.Content.Length}\0"));
                hash.AppendData(file.Content.Span);
            }

            hashes.Add(Convert.ToHexStringLower(hash.GetCurrentHash().AsSpan(0, 16)));
        }

        foreach (var tree in input.Code)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tree.Source.Path}\0{tree.Commit}\0"));
            hashes.Add(Convert.ToHexStringLower(hash.GetCurrentHash().AsSpan(0, 16)));
        }

        foreach (var script in input.Scripts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{script.Words}\0{script.Content.Length}\0"));
            hash.AppendData(script.Content.Span);
            hashes.Add(Convert.ToHexStringLower(hash.GetCurrentHash().AsSpan(0, 16)));
        }

        hashes.Add(Fingerprint);
        return hashes.ToImmutable();
    }
}
