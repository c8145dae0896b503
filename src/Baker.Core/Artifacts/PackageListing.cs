using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;

namespace Baker.Core.Artifacts;

/// <summary>How an instance says which packages it has: one line at the end of its output, compressed.</summary>
public sealed record PackageListing(string System, string SystemVersion, ImmutableArray<ImagePackage> Packages)
{
    /// <summary>What the line begins with.</summary>
    public const string Mark = "@contents ";

    /// <summary>More than a distribution has, and less than would hurt whoever reads it.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    /// <summary>Prints the line. A machine without one of these package managers has none of its packages.</summary>
    public const string Script =
        """
        contents() {
            (. /etc/os-release && printf 'os\t%s\t%s\t\n' "$ID" "$VERSION_ID") 2> /dev/null
            if command -v dpkg-query > /dev/null; then
                dpkg-query -W -f '${db:Status-Abbrev}deb\t${Package}\t${Version}\t${Architecture}\n' | sed -n 's/^ii.//p'
            fi
            if command -v rpm > /dev/null; then
                rpm -qa --qf 'rpm\t%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n'
            fi
            if [ -f /lib/apk/db/installed ]; then
                awk -F: '$1 == "P" { p = $2 } $1 == "V" { v = $2 } $1 == "A" { a = $2 } $0 == "" { printf "apk\t%s\t%s\t%s\n", p, v, a }' \
                    /lib/apk/db/installed
            fi
        }
        printf '@contents %s\n' "$(contents 2> /dev/null | gzip -9 | base64 | tr -d '\n')"

        """;

    /// <summary>Reads what follows the mark; null where it is no listing, of a machine that lacks a tool for it, say.</summary>
    public static PackageListing? Parse(string line)
    {
        string text;
        try
        {
            using var compressed = new MemoryStream(Convert.FromBase64String(line.Trim()));
            using var opened = new GZipStream(compressed, CompressionMode.Decompress);
            var bytes = new byte[MostBytes];
            text = Encoding.UTF8.GetString(bytes, 0, opened.ReadAtLeast(bytes, MostBytes, throwOnEndOfStream: false));
        }
        catch (Exception error) when (error is FormatException or InvalidDataException)
        {
            return null;
        }

        var rows = text.Split('\n').Select(row => row.Split('\t')).Where(row => row.Length == 4).ToList();
        var system = rows.Find(row => row[0] == "os");
        return new PackageListing(
            system?[1] ?? "",
            system?[2] ?? "",
            [
                .. rows.Where(row => row[0] is "deb" or "rpm" or "apk" && row[1].Length > 0 && row[2].Length > 0)
                    .Select(row => new ImagePackage(row[0], row[1], row[2], row[3]))
                    .Distinct()
                    .OrderBy(package => package.Name, StringComparer.Ordinal)
                    .ThenBy(package => package.Architecture, StringComparer.Ordinal)
                    .ThenBy(package => package.Version, StringComparer.Ordinal),
            ]);
    }
}
