using System.Globalization;
using Baker.Cli.Sessions;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Artifacts;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands.Images;

/// <summary>Prints what is in images, and how two differ.</summary>
internal sealed class ContentsReport(TextWriter output)
{
    public void Show(CatalogImage image, IReadOnlyList<ImageUser> users, ImageContents? contents, bool withPackages, bool json)
    {
        if (json)
        {
            var told = new ListedImage(image, "", users).ToJson();
            told.Remove("content");
            told["contents"] = contents is null ? null : JObject.Parse(CycloneDx.Write(contents));
            Print(told);
            return;
        }

        Line("image", $"{image.Id} \"{image.Name}\"");
        Line("group", $"{image.Group} in {image.Region}");
        Line("state", image.Revocation is { } revocation ? $"{image.State}, {revocation}" : image.State);
        Line("created", image.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        Line("made from", image.SourceId ?? "it does not say");
        Line("fingerprint", image.Fingerprint ?? "none");
        foreach (var code in image.Code)
        {
            Line("code", code.ToString());
        }

        foreach (var user in users.Select(user => user.ToString()).Order(StringComparer.Ordinal))
        {
            Line("used by", user);
        }

        Line("files", contents is null ? "not known here" : string.Create(CultureInfo.InvariantCulture, $"{contents.Files.Count}"));
        Line("packages", contents is null ? "not known here" : contents.Packages is not { } listing
            ? "not known: on its instance nothing told them"
            : string.Create(CultureInfo.InvariantCulture, $"{listing.Packages.Length} of {listing.System} {listing.SystemVersion}"));
        if (contents is null)
        {
            output.WriteLine($"    {ContentsStore.NameOf(image.Id)} is neither in the builds folder nor in a bucket: see docs/images.md");
        }

        foreach (var package in withPackages ? contents?.Packages?.Packages ?? [] : [])
        {
            output.WriteLine($"    {package.Name} {package.Version} ({package.Architecture})");
        }
    }

    /// <param name="log">The commits between two of a repository.</param>
    public void Compare(
        CatalogImage before,
        CatalogImage after,
        ContentsDifference difference,
        Func<string, string, string, IReadOnlyList<string>> log,
        bool json)
    {
        if (json)
        {
            Print(new JObject
            {
                ["before"] = before.Id,
                ["after"] = after.Id,
                ["packages"] = !difference.KnowsPackages ? null : new JArray(difference.Packages.Select(row => new JObject
                {
                    ["name"] = row.Name,
                    ["before"] = OrNull(row.Before),
                    ["after"] = OrNull(row.After),
                })),
                ["files"] = new JArray(difference.Files.Select(row => new JObject { ["path"] = row.Path, ["what"] = row.What })),
                ["code"] = new JArray(difference.Code.Select(row => new JObject
                {
                    ["path"] = (row.After ?? row.Before)!.Path,
                    ["before"] = row.Before?.Commit,
                    ["after"] = row.After?.Commit,
                })),
            });
            return;
        }

        output.WriteLine($"--- {before.Id} \"{before.Name}\"");
        output.WriteLine($"+++ {after.Id} \"{after.Name}\"");
        if (!difference.KnowsPackages)
        {
            var untold = string.Join(" and of ", difference.WithoutPackages);
            output.WriteLine($"packages: not known of both: on the instance of {untold} nothing told them");
        }

        foreach (var (name, old, now) in difference.Packages)
        {
            output.WriteLine(old.Length == 0 ? $"+ {name} {now}" : now.Length == 0 ? $"- {name} {old}" : $"~ {name} {old} -> {now}");
        }

        foreach (var (path, what) in difference.Files)
        {
            output.WriteLine($"{(what == "added" ? '+' : what == "removed" ? '-' : '~')} {path}");
        }

        foreach (var (old, now) in difference.Code)
        {
            output.WriteLine(old is null ? $"+ {now}" : now is null ? $"- {old}" : $"~ {old} -> {now}");
            if (old is not null && old.Repository == now?.Repository)
            {
                foreach (var line in Log(now.Repository, old.Commit, now.Commit))
                {
                    output.WriteLine($"    {line}");
                }
            }
        }

        if (difference is { IsEmpty: true, KnowsPackages: true })
        {
            output.WriteLine("no difference");
        }

        IReadOnlyList<string> Log(string repository, string old, string now)
        {
            try
            {
                return log(repository, old, now);
            }
            catch (BakerException error)
            {
                return [$"(the commits between cannot be told: {error.Message})"];
            }
        }
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private void Line(string name, string value) => output.WriteLine($"{name,-12} {value}");

    private void Print(JObject told) => output.WriteLine(told.Indented());
}
