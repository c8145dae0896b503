using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>What is known of an image's tests: whether it passed them, and which they were.</summary>
/// <param name="Tests">The hash of the tests.</param>
public sealed record Verification(bool Passed, string Tests)
{
    /// <summary>The tag of an image that was tested.</summary>
    public const string Tag = "baker:verification";

    /// <summary>The values of the tag of images that did not pass, as EC2's filters take them.</summary>
    public const string Failures = "failed *";

    /// <summary>The value of the tag.</summary>
    public override string ToString() => $"{(Passed ? "passed" : "failed")} {Tests}";

    /// <summary>Reads the tag's value; null where the image was not tested.</summary>
    public static Verification? Parse(string? text) => text?.Split(' ', 2) switch
    {
        ["passed", var tests] => new(true, tests),
        ["failed", var tests] => new(false, tests),
        _ => null,
    };

    /// <summary>The hash of a group's tests as they stand now.</summary>
    public static string TestsOf(ImmutableArray<PayloadFile> checks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var check in checks)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{check.Words}\0{check.Content.Length}\0"));
            hash.AppendData(check.Content.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    /// <summary>The script that asks an instance's own address for a page until it answers well.</summary>
    public static PayloadFile Script(HttpCheck check) => new("verify_http", Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        #!/bin/sh
        # Passes once the instance answers with a status from 200 to 399, at the address that a load balancer would ask.
        address=$(hostname -i 2>/dev/null | cut -d ' ' -f 1)
        case $address in '' | 127.0.[01].1 | *:*) address=$(hostname -I 2>/dev/null | cut -d ' ' -f 1) ;; esac
        url=http://${address:-127.0.0.1}:{{check.Port}}{{Quoting.Shell(check.Path)}}
        end=$(($(date +%s) + {{(int)check.Timeout.TotalSeconds}}))
        ask() {
            if command -v curl > /dev/null; then
                curl --silent --show-error --output /dev/null --max-time 10 --write-out '%{http_code}' "$url" 2>&1
            elif command -v wget > /dev/null; then
                wget -q -T 10 -O /dev/null --max-redirect 0 "$url" 2> /dev/null && echo 200
            else
                python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=10).status)' "$url" 2>&1 | tail -n 1
            fi
        }
        while :; do
            answer=$(ask)
            case $answer in
                [23][0-9][0-9]) echo "$url answers with $answer"; exit 0 ;;
            esac
            if [ "$(date +%s)" -ge "$end" ]; then
                echo "$url: ${answer:-no answer}"
                exit 1
            fi
            sleep 1
        done

        """).ReplaceLineEndings("\n")));
}
